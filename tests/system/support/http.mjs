// Small HTTP calls with a limit, and a reader for Prometheus' text.

import http from 'node:http';
import https from 'node:https';
import { patience } from './binaries.mjs';

/// One request: {status, headers, text, json}. `body` is sent as it is when it is text or bytes. `tls`: node's options for https.
export function request(port, path, { method = 'GET', body, headers = {}, timeout = 10_000, agent, host = '127.0.0.1', tls } = {}) {
  const bytes = body === undefined ? undefined : Buffer.from(typeof body === 'object' && !Buffer.isBuffer(body)
    ? JSON.stringify(body) : body);
  return new Promise((done, fail) => {
    const call = (tls ? https : http).request({ ...tls, host, port, path, method, agent, headers: {
      ...(bytes && !headers['transfer-encoding'] ? { 'content-length': bytes.length } : {}), ...headers } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', fail);
      answer.on('end', () => {
        clearTimeout(timer);
        const text = Buffer.concat(parts).toString('utf8');
        let json;
        try { json = JSON.parse(text); } catch { /* not every answer is JSON */ }
        done({ status: answer.statusCode, headers: answer.headers, text, json });
      });
    });
    const timer = setTimeout(() => call.destroy(new Error(`${method} ${path}: no answer within ${timeout * patience} ms`)), timeout * patience);
    call.on('error', (error) => { clearTimeout(timer); fail(error); });
    call.end(bytes);
  });
}

/// POST /api/v1/notifications with an object, or with the very text given.
export const publish = (port, body, options = {}) => request(port, '/api/v1/notifications', {
  method: 'POST', body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), ...options,
  headers: { 'content-type': 'application/json', ...options.headers } });

/// Reads Prometheus' text format. `value(name, {label: …})` sums the samples that match; undefined when there are none.
export function parse_metrics(text) {
  const samples = [];
  const types = new Map();
  const helps = new Map();
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment) (comment[1] === 'TYPE' ? types : helps).set(comment[2], comment[3]);
    if (!line || line.startsWith('#')) continue;
    const sample = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/.exec(line);
    if (!sample) throw new Error(`not a metric: ${line}`);
    const labels = Object.fromEntries([...(sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1], m[2]]));
    samples.push({ name: sample[1], labels, value: Number(sample[3].replace('Inf', 'Infinity')) });
  }
  const value = (name, wanted = {}) => {
    const found = samples.filter((s) => s.name === name && Object.entries(wanted).every(([k, v]) => s.labels[k] === v));
    return found.length ? found.reduce((sum, s) => sum + s.value, 0) : undefined;
  };
  return { samples, types, helps, value };
}
