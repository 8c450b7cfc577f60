// Keys on the internal port: who may publish, who may administrate, how a key is changed, and how fast one may publish.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run_herald } from './support/herald.mjs';
import { request } from './support/http.mjs';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

const new_key = () => randomBytes(24).toString('hex');
const bearer = (key) => ({ headers: { authorization: `Bearer ${key}` } });
const note = { to: { user: 'alice' }, data: 'hello' };

/// A keys file, replaced as a whole as operators and Kubernetes do it.
async function keys_file(s, text) {
  const folder = await mkdtemp(join(tmpdir(), 'herald-keys-'));
  s.at_end(() => rm(folder, { recursive: true, force: true }));
  const file = { path: join(folder, 'keys') };
  file.write = async (content) => {
    await writeFile(`${file.path}.new`, content);
    await rename(`${file.path}.new`, file.path);
  };
  await file.write(text);
  return file;
}

scenario('with keys, each door opens to its right only, and probes to everybody', async (s) => {
  const [shop, ops, both] = [new_key(), new_key(), new_key()];
  const file = await keys_file(s, `# keys\nshop publish ${shop}\nops admin ${ops}\nboth publish,admin ${both}\n`);
  const node = await s.herald({ args: ['--api-keys-file', file.path] });
  const alice = await s.connect(node, 'alice');
  const status = async (path, options) => (await node.get(path, options)).status;
  const publish = async (options) => (await node.publish(note, options)).status;

  const none = await node.publish(note);
  assert.equal(none.status, 401);
  assert.match(none.headers['www-authenticate'], /^Bearer/);
  assert.match(none.json.error.message, /api-keys-file/);
  assert.equal(await publish(bearer('x'.repeat(40))), 401);
  assert.equal(await publish(bearer(`${shop}x`)), 401);
  assert.equal(await publish({ headers: { authorization: `Basic ${shop}` } }), 401);
  assert.equal(await publish(bearer(ops)), 403);
  assert.equal(await publish(bearer(shop)), 202);
  assert.equal(await publish({ headers: { authorization: `bearer  ${shop}` } }), 202);
  assert.equal(await publish({ headers: { 'x-api-key': both } }), 202);
  assert.deepEqual((await alice.received(3)).map((n) => n.data), ['hello', 'hello', 'hello']);

  for (const path of ['/admin/actors', '/admin/nodes', '/admin/whatever', '/api', '/api/v2']) assert.equal(await status(path), 401, path);
  assert.equal(await status('/admin/actors', bearer(shop)), 403);
  assert.equal(await status('/admin/actors', bearer(ops)), 200);
  assert.equal(await status('/api/v1/notifications', bearer(both)), 405);
  for (const path of ['/livez', '/readyz', '/metrics', '/', '/admin/']) assert.equal(await status(path), 200, path);
  assert.equal(await node.metric('herald_api_keys'), 3);
  assert.equal(await node.metric('herald_api_requests_refused_total', { reason: 'no_key' }), 7);
  assert.equal(await node.metric('herald_api_requests_refused_total', { reason: 'wrong_key' }), 2);
  assert.equal(await node.metric('herald_api_requests_refused_total', { reason: 'no_right' }), 2);
  await request(node.admin_port, '/admin/actors', { method: 'DELETE', ...bearer(ops) });
  await until(() => node.lines('admin_action').some((line) => line.includes('"ops"')), { what: 'the action is logged with the key\'s name' });
  for (const key of [shop, ops, both]) assert.ok(!node.log.includes(key), 'no key in the log');
});

scenario('without a key a request\'s body is not even read', async (s) => {
  const file = await keys_file(s, `shop publish ${new_key()}\n`);
  const node = await s.herald({ args: ['--api-keys-file', file.path] });
  const raw = await s.raw(node.admin_port);
  raw.send('POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n{"to":');
  await until(() => raw.status, { what: 'an answer while the body is still due' });
  assert.equal(raw.status, 401);
  await raw.ended();
});

scenario('keys are exchanged while the node runs, and a bad file changes nothing', async (s) => {
  const [old_key, next_key] = [new_key(), new_key()];
  const file = await keys_file(s, `shop publish ${old_key}\n`);
  const node = await s.herald({ args: ['--api-keys-file', file.path, '--metrics-need-key', 'true'] });
  const status = async (key) => (await node.publish(note, bearer(key))).status;
  assert.equal((await node.get('/metrics')).status, 401);
  assert.equal((await node.get('/metrics', bearer(old_key))).status, 200);
  await file.write(`shop publish ${old_key}\nshop publish ${next_key}\n`);
  await until(async () => await status(next_key) === 202, { what: 'the new key works' });
  assert.equal(await status(old_key), 202, 'and the old one still does');
  await file.write(`shop publish ${next_key}\n`);
  await until(async () => await status(old_key) === 401, { what: 'the old key works no more' });
  await file.write(`shop publish ${next_key}\nshop nonsense ${old_key}\n`);
  await until(() => node.lines('api_keys_refused').some((line) => line.includes('line 2')), { what: 'the bad line is named' });
  assert.equal(await status(next_key), 202);
  assert.equal(await status(old_key), 401);
  for (const key of [old_key, next_key]) assert.ok(!node.log.includes(key), 'no key in the log');
  const metrics = await node.get('/metrics', bearer(next_key));
  assert.match(metrics.text, /herald_api_keys_failed_reloads_total 1/);
  // The stage asks without a key whether the ledger balances: nobody was connected here.
  await node.stop();
});

scenario('a bad keys file keeps a node from starting, and says which line', async (s) => {
  for (const [text, why] of [['shop publish short-secret\n', /line 1: the key has fewer than 32/], ['', /no keys/]]) {
    const file = await keys_file(s, text);
    const { code, stderr } = await run_herald(['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--api-keys-file', file.path]);
    assert.equal(code, 2);
    assert.match(stderr, why);
    assert.ok(!stderr.includes('short-secret'));
  }
  const { code, stderr } = await run_herald(['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--api-keys-file', '/nowhere/keys']);
  assert.equal(code, 2);
  assert.match(stderr, /api-keys-file/);
  const file = await keys_file(s, `shop publish ${new_key()}\n`);
  const wide = await run_herald(['--check-config', '--admin-listen', '0.0.0.0:0', '--api-keys-file', file.path]);
  assert.equal(wide.code, 0, `with keys it may listen wider than loopback: ${wide.stderr}`);
});

scenario('each key publishes at its own rate, and hears when to come again', async (s) => {
  const [shop, mail] = [new_key(), new_key()];
  const file = await keys_file(s, `shop publish ${shop}\nmail publish ${mail}\n`);
  const node = await s.herald({ args: ['--api-keys-file', file.path, '--publish-rate', '1', '--publish-burst', '5'] });
  const alice = await s.connect(node, 'alice');
  assert.equal((await node.publish(Array(4).fill(note), bearer(shop))).status, 202);
  const refused = await node.publish(Array(5).fill(note), bearer(shop));
  assert.equal(refused.status, 429);
  assert.equal(refused.json.error.code, 'rate_limited');
  assert.match(refused.json.error.message, /publish-rate/);
  assert.ok(Number(refused.headers['retry-after']) >= 1);
  assert.equal((await node.publish(Array(6).fill(note), bearer(shop))).status, 413, 'more than ever fits');
  assert.equal((await node.publish(Array(5).fill(note), bearer(mail))).status, 202, 'another key has its own share');
  assert.equal((await alice.received(9)).length, 9);
  await until(async () => (await node.publish(note, bearer(shop))).status === 202, { what: 'it may publish again later' });
  assert.ok(await node.metric('herald_api_requests_refused_total', { reason: 'publish_rate' }) >= 2);
});
