// What publishers must not send: bombs of JSON, requests without end, wrong keys.

import { request } from '../../system/support/http.mjs';
import { say } from '../attack.mjs';

const path = '/api/v1/notifications';
const words = ({ status, json }) => {
  const error = json?.error;
  return `HTTP ${status}${error ? ` ${error.code}${error.field ? ` (${error.field})` : ''}` : ''}`;
};
const send = async (house, body, headers = {}) => words(await request(house.admin_port, path, { method: 'POST', body, timeout: 20_000,
  headers: { 'content-type': 'application/json', ...(house.key ? { 'x-api-key': house.key } : {}), ...headers } }));
const publish = (name, sent, body, expect, headers) => ({ name, sent, expect, ci: true, run: (house) => send(house, typeof body === 'function' ? body() : body, headers) });
const to_alice = (data) => `{"to":{"user":"alice"},"data":${data}}`;
const many = (count, one) => Array.from({ length: count }, (_, n) => one(n)).join();

const publishing = [
  publish('nothing', 'an empty body', '', 'HTTP 400 bad_json'),
  publish('no JSON', 'hello', 'hello', 'HTTP 400 bad_json'),
  publish('bytes that are not UTF-8', 'ff fe', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'HTTP 400 bad_json'),
  publish('a zero byte behind it', '{…}\\0', `${to_alice(1)}\0`, 'HTTP 400 bad_json'),
  publish('a deep bomb', '100,000 levels of data', to_alice('['.repeat(100_000) + ']'.repeat(100_000)), /^HTTP 400 (too_deep|bad_json)/),
  publish('a wide bomb', '250 KB of {"a":1,"a":1,…}', to_alice(`{${many(40_000, () => '"a":1')}}`), 'HTTP 202'),
  publish('a number beyond doubles', '1e400', to_alice('1e400'), /^HTTP 400 (bad_json|bad_field \(data\))$/),
  publish('a number of 200,000 digits', '111…', to_alice('1'.repeat(200_000)), /^HTTP (202|400 bad_json)$/),
  publish('a string of escapes', '40,000 × \\u0000', to_alice(`"${'\\u0000'.repeat(40_000)}"`), 'HTTP 202'),
  publish('data over the limit', '300 KB', () => to_alice(`"${'x'.repeat(300_000)}"`), 'HTTP 413 too_large (data)'),
  publish('a body over the limit', '9 MB', () => to_alice(`"${'x'.repeat(9_000_000)}"`), 'HTTP 413 too_large'),
  publish('a batch of 1,001', '[{…},…]', () => `[${many(1001, () => to_alice(1))}]`, 'HTTP 400 bad_field'),
  publish('a batch of a million nothings', '[0,0,…] in 2 MB', () => `[${many(1_000_000, () => '0')}]`, 'HTTP 413 too_large'),
  publish('a batch of 900 deep ones', '[[[[…', () => `[${many(900, () => '['.repeat(100) + ']'.repeat(100))}]`, 'HTTP 202'),
  publish('10,000 users in a batch of 11', 'and one more', () => `[${many(11, (k) => `{"to":{"users":[${many(1000, (n) => `"u${k}-${n}"`)}]},"data":1}`)}]`, 'HTTP 400 bad_field'),
  publish('1,001 users', 'users: […]', () => `{"to":{"users":[${many(1001, (n) => `"u${n}"`)}]},"data":1}`, /^HTTP 400 bad_field/),
  publish('two addresses', 'user and broadcast', '{"to":{"user":"alice","broadcast":true},"data":1}', /^HTTP 400 bad_field/),
  publish('a user that is a channel', 'broadcast', '{"to":{"user":"broadcast"},"data":1}', /^HTTP 400 bad_field/),
  publish('a user with braces', '{alice}', '{"to":{"user":"{alice}"},"data":1}', /^HTTP 400 bad_field/),
  publish('an id with line ends', 'a\\r\\nb', '{"to":{"user":"alice"},"data":1,"id":"a\\r\\nb"}', /^HTTP 400 bad_field/),
  publish('a life of 10^30 seconds', 'ttl_s', '{"to":{"user":"alice"},"data":1,"ttl_s":1000000000000000000000000000000}', /^HTTP 400 bad_(field|json)/),
  publish('members that come twice', 'to, and to', '{"to":{"user":"alice"},"to":{"broadcast":true},"data":1}', /^HTTP (400 bad_\w+.*|202)$/),
  publish('a compressed body', 'Content-Encoding: gzip', Buffer.from('1f8b0800000000000003', 'hex'), 'HTTP 400 bad_json', { 'content-encoding': 'gzip' }),
  publish('a page of another origin', 'Origin: https://evil.example', to_alice(1), 'HTTP 403 not_allowed (Origin)', { origin: 'https://evil.example' }),
  { name: 'chunks without end', sent: '12 MB in chunks', expect: 'HTTP 413 too_large', ci: true, run: (house) => say(house.admin_port,
    `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${`10000\r\n${'x'.repeat(65536)}\r\n`.repeat(190)}`) },
  { name: 'chunk extensions without end', sent: '1 MiB of ;aaa…', expect: /^HTTP (400|413|431)/, ci: true, run: (house) => say(house.admin_port,
    `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;${'a'.repeat(1 << 20)}`) },
  { name: 'trailers without end', sent: '1 MiB behind the last chunk', expect: /^HTTP (400|413|431)/, ci: true, run: (house) => say(house.admin_port,
    `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${'a: b\r\n'.repeat(170_000)}`) },
  { name: 'a length of ten gigabytes', sent: 'Content-Length: 10000000000', expect: 'HTTP 413 too_large', ci: true, run: (house) => say(house.admin_port,
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n`) },
];

const with_key = (name, sent, path_and_more, key, expect) => ({ name, sent, expect, ci: true, house: 'guarded',
  run: async (house) => words(await request(house.admin_port, path_and_more.path ?? path, { method: path_and_more.method ?? 'POST', body: path_and_more.body,
    headers: { 'content-type': 'application/json', ...key(house) } })) });
const good = { body: to_alice(1) };
const bearer = (text) => ({ authorization: `Bearer ${text}` });

const keys = [
  with_key('a publish without a key', 'a good body', good, () => ({}), 'HTTP 401 unauthorized'),
  with_key('a wrong key', 'as long as the right one', good, (house) => bearer(house.key.replace(/.$/, '!')), 'HTTP 401 unauthorized'),
  with_key('the beginning of a key', 'half of it', good, (house) => bearer(house.key.slice(0, 20)), 'HTTP 401 unauthorized'),
  with_key('an empty key', 'Bearer', good, () => bearer(''), 'HTTP 401 unauthorized'),
  with_key('a key of 12 KB', 'xxx…', good, () => bearer('x'.repeat(12_000)), 'HTTP 401 unauthorized'),
  with_key('a publisher who administrates', 'GET /admin/actors', { path: '/admin/actors', method: 'GET' }, (house) => bearer(house.key), 'HTTP 403 not_allowed'),
  with_key('a publisher who ends sessions', 'DELETE /admin/users/alice/sessions', { path: '/admin/users/alice/sessions', method: 'DELETE' },
    (house) => bearer(house.key), 'HTTP 403 not_allowed'),
  with_key('an administrator who publishes', 'a good body', good, (house) => bearer(house.admin_key), 'HTTP 403 not_allowed'),
  { name: '10 MB without a key', sent: 'a request whose body is not read', expect: 'HTTP 401 unauthorized', ci: true, house: 'guarded',
    run: (house) => say(house.admin_port, `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n${'x'.repeat(60_000)}`) },
];

export const publishes = [...publishing, ...keys];
