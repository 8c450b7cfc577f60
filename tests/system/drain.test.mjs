// Draining a node: what its clients, its operators and the other nodes see.

import assert from 'node:assert/strict';
import { request } from './support/http.mjs';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

const drain = (node, query = '', method = 'POST') => request(node.admin_port, `/admin/drain${query}`, { method });
const state = async (node) => (await node.json('/admin/drain')).state;
const knows = (node, others) => until(async () => (await node.json('/admin/nodes')).nodes.filter((each) => each.state === 'live' && each.ready).length === others + 1,
  { within: 10_000, what: `${node.name} knows ${others} others` });
const sockets = (s, node, count) => Promise.all(Array.from({ length: count }, (_, n) => s.connect(node, `u${n}`, { groups: ['g'] })));

scenario('a node that drains is not ready, serves who still comes, lets all go one after the other, and can serve again', async (s) => {
  const redis = await s.redis();
  const args = ['--drain-delay', '4s', '--drain-window', '2s'];
  const [a, b] = [await s.herald({ redis, args }), await s.herald({ redis, args })];
  await knows(a, 1);
  const clients = await sockets(s, a, 60);
  const begun = await drain(a);
  assert.equal(begun.status, 202, begun.text);
  assert.equal(begun.json.state, 'leaving');
  assert.equal(begun.json.sessions_at_begin, 60);
  assert.ok(begun.json.ends_in_ms > 4000 && begun.json.ends_in_ms <= 6500, begun.text);
  const ready = await a.get('/readyz');
  assert.equal(ready.status, 503);
  assert.match(ready.text, /draining/);
  assert.equal((await a.get('/livez')).status, 200);
  const late = await s.connect(a, 'late');   // its balancer has not noticed yet
  await a.accept({ broadcast: true }, 'while it drains');
  await Promise.all([...clients, late].map((client) => client.received(1)));
  await until(async () => (await b.json('/admin/nodes')).nodes.find((each) => each.name === a.name).draining, { what: 'the other node knows' });
  await until(async () => await state(a) === 'closing', { what: 'it closes sessions' });
  const refused = await request(a.public_port, '/ws?user=x', { headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers['retry-after']) > 0);
  for (const client of [...clients, late]) {
    const { code, reason } = await client.end();
    assert.equal(`${code} ${reason}`, '1012 drain');
    assert.deepEqual(client.notifications().map(({ data }) => data), ['while it drains']);
  }
  await until(async () => await state(a) === 'drained', { what: 'it is drained' });
  assert.equal((await a.json('/admin/drain')).sessions_left, 0);
  assert.equal((await drain(a, '', 'DELETE')).json.state, 'serving');
  await a.ready();
  const back = await s.connect(a, 'u0');
  await a.accept({ user: 'u0' }, 'again');
  await back.next('notification');
});

scenario('a drain that is called off leaves those alone who were not told yet', async (s) => {
  const redis = await s.redis();
  const [a, b] = [await s.herald({ redis, args: ['--drain-window', '1h'] }), await s.herald({ redis })];
  await Promise.all([knows(a, 1), knows(b, 1)]);
  const clients = await sockets(s, a, 200);   // 4 s at fifty a second
  assert.equal((await drain(a)).status, 202);
  await until(async () => (await a.json('/admin/drain')).sessions_left < 180, { what: 'some have left' });
  await drain(a, '', 'DELETE');
  const told = () => clients.filter((client) => client.frames.some(({ type }) => type === 'bye')).length;
  await until(async () => await a.metric('websocket_connections') === 200 - told(), { what: 'those who were told have left' });
  assert.ok(told() >= 20 && told() < 200, `${told()} were told`);
  await a.accept({ broadcast: true }, 'to who stayed');
  await Promise.all(clients.filter((client) => !client.frames.some(({ type }) => type === 'bye')).map((client) => client.next('notification')));
});

scenario('the dry run says what a drain would be like, and a drain that would lose something is refused unless forced', async (s) => {
  const redis = await s.redis();
  const args = ['--log-max-entries', '100'];
  const a = await s.herald({ redis, args });
  await sockets(s, a, 40);
  const alone = await drain(a, '?dry_run=1');
  assert.equal(alone.status, 200, alone.text);
  assert.equal(alone.json.allowed, false);
  assert.match(alone.json.reasons.join(), /no other node is live/);
  const refused = await drain(a);
  assert.equal(refused.status, 409, refused.text);
  assert.equal(refused.json.error.code, 'would_lose');
  assert.match(refused.json.error.message, /no other node.*force=1/);
  assert.equal(await state(a), 'serving');

  const [b, c] = [await s.herald({ redis, args }), await s.herald({ redis, args })];
  await knows(a, 2);
  const { json: good } = await drain(a, '?dry_run=1');
  assert.deepEqual(good.reasons, []);
  assert.equal(good.allowed, true);
  assert.equal(good.sessions, 40);
  assert.deepEqual(good.nodes.map(({ name }) => name).sort(), [b.name, c.name].sort());
  for (const node of good.nodes) assert.equal(node.connections_after, node.connections_now + 20);
  assert.ok(good.logs.looked_at >= 42, 'broadcast, the group, and the users');
  assert.equal(good.logs.unknown, 0);

  let more = true;   // faster than a log of 100 can hold for a minute
  const flood = (async () => { for (let n = 0; more; ++n) await a.accept({ group: 'g' }, n, { durable: true }); })();
  const { json: busy } = await drain(a, '?dry_run=1');
  more = false;
  await flood;
  assert.equal(busy.allowed, false);
  assert.match(busy.reasons.join(), /log of group:g holds \d+ s \(log-max-entries\)/);
  assert.equal(busy.log_covers_absence, false);
  const forced = await drain(a, '?force=1');
  assert.equal(forced.status, 202, forced.text);
  await until(async () => await state(a) === 'drained', { what: 'it is drained' });
});

scenario('a node whose messages are in its own memory says that draining it loses them', async (s) => {
  const node = await s.herald();
  const { json } = await drain(node, '?dry_run=1');
  assert.match(json.reasons.join(), /memory/);
  assert.equal((await drain(node, '?dry_run=perhaps')).status, 400);
});

scenario('a signal ends a node that an operator has drained at once, and one that drains when all have left', async (s) => {
  const redis = await s.redis();
  const args = ['--drain-delay', '500ms', '--drain-window', '1s'];
  const [a, b, c] = [await s.herald({ redis, args }), await s.herald({ redis, args }), await s.herald({ redis })];
  for (const node of [a, b]) {
    await knows(node, 2);
    await sockets(s, node, 5);
  }
  assert.equal((await drain(a)).status, 202);
  await until(async () => await state(a) === 'drained', { what: 'it is drained' });
  const first = await a.stop();
  assert.equal(first.code, 0);
  await until(async () => (await c.json('/admin/nodes')).nodes.find((each) => each.name === a.name).state === 'gone', { what: 'it said goodbye' });
  assert.equal((await drain(b, '?force=1')).status, 202);
  assert.equal((await b.stop()).code, 0);
  assert.match(b.log, /"drained"/);
});

scenario('a node with well more connections than the others sends some elsewhere, each once, and loses nothing', async (s) => {
  const redis = await s.redis();
  const args = ['--rebalance', 'true', '--rebalance-rate', '100', '--rebalance-min-age', '1s'];
  const [full, empty] = [await s.herald({ redis, args }), await s.herald({ redis, args })];
  const clients = await sockets(s, full, 60);
  const moved = () => clients.filter((client) => client.frames.some(({ type }) => type === 'bye'));
  await until(() => moved().length >= 7, { within: 20_000, what: 'some are told to go' });
  for (const client of moved()) {
    const { code, reason } = await client.end();
    assert.equal(`${code} ${reason}`, '1012 rebalance');
    const { reason: why, reconnect_ms } = client.frames.at(-1);
    assert.equal(why, 'rebalance');
    assert.ok(reconnect_ms >= 0 && reconnect_ms <= 1000);
  }
  assert.ok(moved().length < 30, 'little by little');
  assert.equal(await empty.metric('websocket_connections'), 0, 'a node without surplus moves nobody');
});
