// What herald refuses, how it says so, and that nobody else notices.

import assert from 'node:assert/strict';
import { refused } from './support/client.mjs';
import { request } from './support/http.mjs';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

scenario('a connection that can not be is refused with a reason', async (s) => {
  const node = await s.herald();
  const cases = [
    [{ user: undefined }, 400, 'user'], [{ user: '' }, 400, 'user'], [{ user: 'a b' }, 400, 'user'],
    [{ user: 'x'.repeat(129) }, 400, 'user'], [{ user: '{42}' }, 400, 'user'], [{ user: 'broadcast' }, 400, 'user'],
    [{ user: 'group:x' }, 400, 'user'], [{ user: 'é' }, 400, 'user'], [{ user: 'a', groups: ['g h'] }, 400, 'groups'],
    [{ user: 'a', groups: ['g', '{x}'] }, 400, 'groups'], [{ user: 'a', device: 'my phone' }, 400, 'device'],
    [{ user: 'a', device: 'x'.repeat(129) }, 400, 'device'], [{ user: 'a', resume: 'not json' }, 400, 'resume'],
    [{ user: 'a', path: '/other' }, 404], [{ user: 'a', path: '/wsx' }, 404]];
  for (const [{ user, ...options }, status, field] of cases) {
    const what = JSON.stringify({ user, ...options });
    const { status: got, json } = await refused(s.connect(node, user, options)).catch((e) => assert.fail(`${what}: ${e.message}`));
    assert.equal(got, status, what);
    assert.equal(typeof json?.error?.code, 'string', what);
    assert.ok(json.error.message.length > 5, what);
    if (field) assert.equal(json.error.field, field, what);
  }
  const post = await request(node.public_port, '/ws?user=a', { method: 'POST', body: '{}' });
  assert.equal(post.status, 405);
  const plain = await request(node.public_port, '/ws?user=a');
  assert.equal(plain.status, 426);
  assert.ok(plain.json.error.code);
  const large = await s.raw(node.public_port);
  large.send(`GET /ws?user=a HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`);
  await until(() => large.status, { what: 'an answer to a large header' });
  assert.equal(large.status, 431);
  await until(async () => (await node.metric('websocket_connections')) === 0);
});

scenario('bad requests of a client are answered with an error that names the field, and it stays', async (s) => {
  const node = await s.herald();
  const cases = [
    [{ type: 'subscribe' }, 'bad_field', /group/], [{ type: 'subscribe', group: 'g h' }, 'bad_field', /group/],
    [{ type: 'subscribe', group: 7 }, 'bad_field', /group/], [{ type: 'unsubscribe', group: '' }, 'bad_field', /group/],
    [{ type: 'dance' }, 'unknown_type', /dance|type/], [{ type: 5 }, 'bad_field', /type/], [{}, 'bad_field', /type/]];
  for (const [message, code, names] of cases) {
    const alice = await s.connect(node, 'alice');
    const answer = await alice.ask({ ...message, ref: 9 });
    assert.equal(answer.type, 'error', JSON.stringify(message));
    assert.equal(answer.code, code, JSON.stringify(message));
    assert.match(answer.message, names);
    assert.equal((await alice.ask({ type: 'ping' })).type, 'pong');
    alice.cut();
  }
  for (const text of ['', '{', 'hello', '[1,2', '{"type":"ping"} x', '{"type":"ping",}']) {
    const alice = await s.connect(node, 'alice');
    alice.send(text);
    assert.equal((await alice.next('error')).code, 'bad_json', text);
    assert.equal((await alice.ask({ type: 'ping' })).type, 'pong');
    alice.cut();
  }
});

scenario('the tenth bad message within a minute ends the session', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const other = await s.connect(node, 'alice');
  for (let n = 1; n <= 9; ++n) {
    alice.send(n % 2 ? '{bad' : '{"type":"no such type"}');
    await alice.next('error');
    assert.equal((await alice.ask({ type: 'ping' })).type, 'pong', `after the ${n}th`);
  }
  alice.send('{bad');
  assert.deepEqual(await alice.end(), { code: 1008, reason: 'abuse' });
  assert.equal((await other.ask({ type: 'ping' })).type, 'pong', 'another session of the same user is not touched');
});

scenario('a client may publish only where that is allowed', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const refusal = await alice.ask({ type: 'publish', to: { user: 'alice' }, data: 1, ref: 3 });
  assert.equal(refusal.type, 'error');
  assert.equal(refusal.code, 'not_allowed');
  assert.ok(refusal.message);
  await node.accept({ user: 'alice' }, 2);
  assert.equal((await alice.next('notification')).data, 2);

  const open = await s.herald({ args: ['--client-publish', 'all'] });
  const bob = await s.connect(open, 'bob');
  const carol = await s.connect(open, 'carol', { groups: ['g'] });
  bob.send('{"type":"publish","to":{"user":"carol"},"data":{"b":1,"a":  2.50},"id":"mine","ref":3}');
  const receipt = await bob.next('published');
  assert.equal(receipt.ref, 3);
  assert.equal(receipt.id, 'mine');
  const got = await carol.next('notification');
  assert.equal(got.id, 'mine');
  assert.equal(got.cursor, receipt.cursor);
  assert.equal(carol.data_text(got), '{"b":1,"a":  2.50}');
  assert.equal((await bob.ask({ type: 'publish', to: { group: 'g' }, data: 4 })).type, 'published');
  assert.equal((await carol.next('notification')).channel, 'group:g');
  assert.equal((await bob.ask({ type: 'publish', to: { broadcast: true }, data: 5, durable: false })).type, 'published');
  assert.equal('cursor' in await bob.next('notification'), false);
  const bad = await bob.ask({ type: 'publish', to: { user: 'a b' }, data: 6 });
  assert.equal(bad.code, 'bad_field');
  assert.match(bad.message, /user/);
});

scenario('what can not be done on this connection is said, and it stays', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const resume = await alice.ask({ type: 'resume', channels: { 'group:g': '1.2.3' } });
  assert.deepEqual([resume.type, resume.code, resume.field], ['error', 'bad_field', 'channels.group:g']);
  const ack = await alice.ask({ type: 'ack', channel: 'user', cursor: '1.2.3' });
  assert.deepEqual([ack.type, ack.code], ['error', 'not_supported']);
  assert.match(ack.message, /device/);
  assert.equal((await alice.ask({ type: 'ping' })).type, 'pong');
});

scenario('a full node refuses with 503 and Retry-After', async (s) => {
  const node = await s.herald({ args: ['--max-connections', '3'] });
  const clients = [];
  for (let n = 0; n < 3; ++n) clients.push(await s.connect(node, `u${n}`));
  const refusal = await refused(s.connect(node, 'one-too-many'));
  assert.equal(refusal.status, 503);
  assert.ok(Number(refusal.headers['retry-after']) >= 1, 'Retry-After');
  assert.ok(refusal.json.error.code && refusal.json.error.message, refusal.text);
  for (const client of clients) assert.equal((await client.ask({ type: 'ping' })).type, 'pong');
  await clients[0].close();
  await node.metric_is('websocket_connections', 2);
  await until(async () => Boolean(await s.connect(node, 'now')), { what: 'a place is free again' });
});

scenario('more groups than a session may be in are refused, at connecting and later, and the session stays', async (s) => {
  const node = await s.herald({ args: ['--max-groups-per-session', '2'] });
  assert.equal((await refused(s.connect(node, 'alice', { groups: ['a', 'b', 'c'] }))).json.error.field, 'groups');
  const alice = await s.connect(node, 'alice', { groups: ['a', 'b'] });
  const refusal = await alice.ask({ type: 'subscribe', group: 'c' });
  assert.equal(refusal.type, 'error');
  assert.equal(refusal.code, 'too_many_groups');
  assert.equal((await alice.ask({ type: 'subscribe', group: 'b' })).type, 'subscribed', 'the one it is in already');
  await alice.ask({ type: 'unsubscribe', group: 'a' });
  assert.equal((await alice.ask({ type: 'subscribe', group: 'c' })).type, 'subscribed', 'a place is free');
  for (const group of ['a', 'c']) await node.accept({ group }, group);
  await node.accept({ user: 'alice' }, 'last');
  await alice.next((f) => f.data === 'last');
  assert.deepEqual(alice.notifications().map((n) => n.data), ['c', 'last']);
});

scenario('a ref is repeated as it was, or refused when it is none', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  for (const ref of ['0', '-12', '9007199254740993', '"\\u00e9 \\" \\\\"', `"${'x'.repeat(128)}"`]) {
    alice.send(`{"type":"ping","ref":${ref}}`);
    const pong = await alice.next('pong');
    assert.ok(alice.raw_of(pong).includes(`"ref":${ref}`), `${alice.raw_of(pong)} repeats ${ref}`);
  }
  for (const ref of ['{}', '[1]', 'true', '1.5', `"${'x'.repeat(129)}"`]) {
    alice.send(`{"type":"ping","ref":${ref}}`);
    const refusal = await alice.next('error');
    assert.equal(refusal.code, 'bad_field', ref);
    assert.match(refusal.message, /ref/, ref);
    assert.equal('ref' in refusal, false, 'what is no ref is not repeated');
  }
});
