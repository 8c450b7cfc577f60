// Publishing over HTTP: receipts, refusals that name the field, and HTTP as clients really speak it.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

scenario('a batch is answered entry by entry', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const answer = await node.publish([
    { to: { user: 'alice' }, data: 1 }, { to: { user: 'a b' }, data: 2 }, { data: 3 }, 'not an object', { to: { user: 'alice' }, data: 5 }]);
  assert.equal(answer.status, 202);
  const [first, second, third, fourth, fifth] = answer.json;
  assert.equal(answer.json.length, 5);
  assert.ok(first.id && first.cursor);
  assert.match(second.error.field, /user$/);
  assert.equal(third.error.field, 'to');
  assert.ok(fourth.error.code && fourth.error.message);
  assert.ok(fifth.id && fifth.cursor);
  assert.deepEqual((await alice.received(2)).map((n) => n.data), [1, 5]);
  const many = await node.publish(Array.from({ length: 1001 }, () => ({ to: { user: 'alice' }, data: 0 })));
  assert.ok(many.status === 400 || many.status === 413, `1001 entries: ${many.status}`);
  assert.ok(many.json.error.message);
  await node.accept({ user: 'alice' }, 'last');
  await alice.next((f) => f.data === 'last');
  assert.equal(alice.notifications().length, 3, 'nothing of a refused batch was sent');
});

scenario('a bad publish is answered with 400 and the field\'s name, and sends nothing', async (s) => {
  const node = await s.herald();
  const to = { user: 'alice' };
  const long = 'x'.repeat(129);
  const alice = await s.connect(node, 'alice', { groups: ['g'] });
  const cases = [
    ['', null], ['not json', null], ['{"to":{"user":"alice"},"data":1', null], ['{"to":{"user":"alice"},"data":1} x', null],
    ['{"to":{"user":"alice"},"data":{"a":1,}}', null], ['{"to":{"user":"alice"},"data":1e400}', null], ['"text"', null], ['42', null], ['null', null],
    [{}, /^to$/], [{ data: 1 }, /^to$/], [{ to }, /^data$/], [{ to: 'alice', data: 1 }, /^to$/], [{ to: {}, data: 1 }, /^to$/],
    [{ to: null, data: 1 }, /^to$/], [{ to: { user: 'alice', group: 'g' }, data: 1 }, /^to$/], [{ to: { nobody: 'alice' }, data: 1 }, /^to/],
    [{ to: { user: '' }, data: 1 }, /user$/], [{ to: { user: 42 }, data: 1 }, /user$/], [{ to: { user: 'a b' }, data: 1 }, /user$/],
    [{ to: { user: 'broadcast' }, data: 1 }, /user$/], [{ to: { user: 'group:g' }, data: 1 }, /user$/],
    [{ to: { user: long }, data: 1 }, /user$/], [{ to: { user: '{alice}' }, data: 1 }, /user$/], [{ to: { user: 'alicé' }, data: 1 }, /user$/],
    [{ to: { user: 'alice\u0000' }, data: 1 }, /user$/],
    [{ to: { users: [] }, data: 1 }, /users/], [{ to: { users: 'alice' }, data: 1 }, /users/], [{ to: { users: ['alice', 5] }, data: 1 }, /users/],
    [{ to: { users: ['alice', 'a b'] }, data: 1 }, /users/], [{ to: { users: Array(1001).fill('alice') }, data: 1 }, /users/],
    [{ to: { group: '' }, data: 1 }, /group$/], [{ to: { group: 'g h' }, data: 1 }, /group$/], [{ to: { group: 5 }, data: 1 }, /group$/],
    [{ to: { broadcast: false }, data: 1 }, /broadcast$/], [{ to: { broadcast: 'yes' }, data: 1 }, /broadcast$/],
    [{ to, data: 1, id: '' }, /^id$/], [{ to, data: 1, id: long }, /^id$/], [{ to, data: 1, id: 5 }, /^id$/], [{ to, data: 1, id: 'a b' }, /^id$/],
    [{ to, data: 1, durable: 'yes' }, /^durable$/], [{ to, data: 1, durable: 1 }, /^durable$/],
    [{ to, data: 1, ttl_s: 0 }, /^ttl_s$/], [{ to, data: 1, ttl_s: -1 }, /^ttl_s$/], [{ to, data: 1, ttl_s: 604_801 }, /^ttl_s$/],
    [{ to, data: 1, ttl_s: '60' }, /^ttl_s$/], [{ to, data: 1, ttl_s: 1.5 }, /^ttl_s$/]];
  const wrong = [];
  for (const [body, field] of cases) {
    const what = (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 80);
    const { status, json, text } = await node.publish(body);
    const { error } = json ?? {};
    if (status !== 400) wrong.push(`${what}: ${status} ${text.slice(0, 100)}`);
    else if (!error?.code || !error.message) wrong.push(`${what}: no code and message in ${text}`);
    else if (field && !field.test(error.field ?? '')) wrong.push(`${what}: field ${error.field}, not ${field}`);
  }
  assert.deepEqual(wrong, []);
  await node.accept({ broadcast: true }, 'last');
  await alice.next((f) => f.data === 'last');
  assert.equal(alice.notifications().length, 1);
});

scenario('a publish says how long the message is worth keeping and whether to keep it', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const live = await node.accept({ user: 'alice' }, 1, { durable: false });
  assert.ok(live.id);
  assert.equal('cursor' in live, false);
  const got = await alice.next('notification');
  assert.equal(got.id, live.id);
  assert.equal('cursor' in got, false);
  const kept = await node.accept({ user: 'alice' }, 2, { durable: true, ttl_s: 604_800 });
  assert.equal((await alice.next('notification')).cursor, kept.cursor);
});

for (const backplane of ['memory', 'redis']) {
  scenario(`the same id again is answered with the first receipt and not sent again (${backplane})`, async (s) => {
    const node = await s.herald({ redis: backplane === 'redis' ? await s.redis() : undefined });
    const alice = await s.connect(node, 'alice');
    const first = await node.accept({ user: 'alice' }, 'one', { id: 'order-17' });
    const second = await node.accept({ user: 'alice' }, 'two', { id: 'order-17' });
    assert.deepEqual(second, first);
    const both = await node.publish([{ to: { user: 'alice' }, data: 3, id: 'twin' }, { to: { user: 'alice' }, data: 3, id: 'twin' }]);
    assert.deepEqual(both.json[0], both.json[1]);
    const live = { durable: false, id: 'live' };
    assert.deepEqual(await node.accept({ user: 'alice' }, 'live', live), await node.accept({ user: 'alice' }, 'live', live));
    await node.accept({ users: ['alice', 'bob'] }, 'users', { id: 'order-17' });
    await node.accept({ user: 'bob' }, 'other channel', { id: 'order-17' });
    await node.accept({ user: 'alice' }, 'last', { id: 'order-18' });
    await alice.next((f) => f.data === 'last');
    assert.deepEqual(alice.notifications().map((n) => n.data), ['one', 3, 'live', 'last']);
  });

  scenario(`an id may be used again after the idempotency window (${backplane})`, async (s) => {
    const node = await s.herald({ redis: backplane === 'redis' ? await s.redis() : undefined, args: ['--idempotency-window', '1s'] });
    const alice = await s.connect(node, 'alice');
    const first = await node.accept({ user: 'alice' }, 'one', { id: 'x' });
    await until(async () => (await node.accept({ user: 'alice' }, 'two', { id: 'x' })).cursor !== first.cursor,
      { every: 100, what: 'the id is forgotten' });
    assert.deepEqual((await alice.received(2)).map((n) => n.data), ['one', 'two']);
    assert.ok(Date.parse(alice.notifications()[1].time) - Date.parse(alice.notifications()[0].time) >= 900, 'not before its time');
  });
}

scenario('what is too large is refused with 413, just below it is taken', async (s) => {
  const node = await s.herald({ args: ['--publish-max-bytes', '1KiB', '--publish-batch-max-bytes', '4KiB'] });
  const alice = await s.connect(node, 'alice');
  const sized = (bytes) => `{"to":{"user":"alice"},"data":"${'x'.repeat(bytes)}"}`;
  assert.equal((await node.publish(sized(900))).status, 202);
  for (const bytes of [1100, 5000, 100_000]) {
    const answer = await node.publish(sized(bytes));
    assert.equal(answer.status, 413, `${bytes} bytes`);
    assert.ok(answer.json.error.code, answer.text);
  }
  const batch = await node.publish(`[${sized(900)},${sized(1100)},${sized(900)}]`);
  assert.equal(batch.status, 202);
  assert.deepEqual(batch.json.map((one) => one.error?.code), [undefined, 'too_large', undefined]);
  assert.equal((await node.publish(`[${Array.from({ length: 6 }, () => sized(900))}]`)).status, 413);
  await node.accept({ user: 'alice' }, 'last');
  await alice.next((f) => f.data === 'last');
  assert.equal(alice.notifications().length, 4);
});

scenario('the internal port takes HTTP as clients really send it', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const body = JSON.stringify({ to: { user: 'alice' }, data: 'x'.repeat(20_000) });
  assert.equal((await node.publish(body, { headers: { 'transfer-encoding': 'chunked' } })).status, 202, 'chunked');
  assert.equal((await node.publish(body, { headers: { 'content-type': 'text/plain' } })).status, 202, 'any content type');
  await alice.received(2);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  s.at_end(() => agent.destroy());
  for (let n = 0; n < 50; ++n) assert.equal((await node.publish(body, { agent })).status, 202, 'one connection for many');
  await alice.received(52);

  const pipelined = await s.raw(node.admin_port);
  pipelined.send('GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await pipelined.ended();
  assert.equal(pipelined.text.match(/HTTP\/1\.1 200/g)?.length, 2, 'two requests in one segment');

  const expecting = await s.raw(node.admin_port);
  expecting.send(`POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
  await until(() => expecting.text.includes('100 Continue'), { within: 2000, what: '100 Continue' });
  expecting.send(body);
  await until(() => /HTTP\/1\.1 202/.test(expecting.text), { what: '202 after 100' });

  const large = await s.raw(node.admin_port);
  large.send('POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n{');
  await until(() => large.status, { what: 'an answer to a gigabyte' });
  assert.equal(large.status, 413);

  assert.equal((await node.get('/api/v1/notifications')).status, 405);
  assert.equal((await node.get('/api/v1/nothing', { method: 'POST', body: '{}' })).status, 404);
  const head = await node.get('/livez', { method: 'HEAD' });
  assert.ok(head.status === 200 || head.status === 405);
});

scenario('a web page from elsewhere can not publish, one from the node itself can', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const body = { to: { user: 'alice' }, data: 'from a page' };
  for (const origin of ['http://example.com', 'null', `http://127.0.0.1:${node.public_port}`]) {
    const answer = await node.publish(body, { headers: { origin } });
    assert.equal(answer.status, 403, origin);
    assert.ok(answer.json.error.message, origin);
  }
  assert.equal((await node.publish(body, { headers: { origin: `http://127.0.0.1:${node.admin_port}` } })).status, 202);
  await alice.next('notification');
  assert.equal(alice.notifications().length, 1);
});
