// What an operator is shown of the actors, and that who is in trouble comes first.

import assert from 'node:assert/strict';
import { patience } from './support/binaries.mjs';
import { run_herald } from './support/herald.mjs';
import { scenario } from './support/stage.mjs';
import { sleep, until } from './support/wait.mjs';

const test_args = ['--allow-test-hooks', 'true', '--shards', '2'];

const post = (node, path) => node.get(path, { method: 'POST' });

/// Waits, for three seconds at most, until the first row of a list is as it should be.
async function comes_first(node, query, is_it, what) {
  let last;
  return until(async () => {
    last = (await node.json(`/admin/actors?${query}`)).actors[0];
    return last && is_it(last) && last;
  }, { within: 3000, every: 50, what }).catch((error) => assert.fail(`${error.message}; first: ${JSON.stringify(last)}`));
}

/// Publishes to everybody and to `users`, ten times a second each, until it is told to end.
function load(node, users) {
  let ends = false;
  const over = (async () => {
    for (let n = 0; !ends; ++n) {
      await node.accept({ broadcast: true }, n);
      await node.accept({ users }, n);
      await sleep(100);
    }
  })();
  return () => { ends = true; return over; };
}

/// A node under some load, with the clients that do nothing wrong.
async function busy_node(s, users) {
  const node = await s.herald({ args: [...test_args, '--socket-send-buffer', '16KiB'] });
  const everybody = [...users, ...Array.from({ length: 10 }, (_, n) => `bystander-${n}`)];
  for (const user of everybody) await s.connect(node, user);
  return { node, end_load: load(node, everybody) };
}

scenario('a session whose client stops reading is the first that waits for its socket', async (s) => {
  const { node, end_load } = await busy_node(s, []);
  const stuck = await s.connect(node, 'stuck');
  stuck.socket.pause();
  for (let n = 0; n < 24; ++n) await node.accept({ user: 'stuck' }, 'x'.repeat(200_000), { durable: n % 2 === 0 });
  const first = await comes_first(node, 'sort=outbox', (row) => row.user === 'stuck' && row.blame === 'socket', 'the stuck session');
  assert.equal(first.kind, 'session');
  assert.ok(first.session.outbox_bytes > 100_000, JSON.stringify(first));
  assert.ok(first.session.outbox_bytes_highest >= first.session.outbox_bytes);
  assert.ok(first.session.outbox_messages >= 1);
  await until(async () => (await comes_first(node, 'sort=outbox&kind=session', (row) => row.user === 'stuck', 'it')).session.slow,
    { what: 'it has left the live stream' });
  await end_load();
  stuck.cut();
});

scenario('a router with a slow handler is the first of the busy ones', async (s) => {
  const { node, end_load } = await busy_node(s, ['slow']);
  assert.equal((await post(node, '/admin/test/slow-handler?user=slow&ms=20&for_ms=10000')).status, 200);
  const first = await comes_first(node, 'sort=busy', (row) => row.user === 'slow' && row.blame === 'handler', 'the slow router');
  assert.equal(first.kind, 'user_router');
  assert.ok(first.handling_us_highest >= 19_000, JSON.stringify(first));
  assert.ok(first.recent.busy_ms >= 49, JSON.stringify(first));
  await end_load();
});

scenario('a shard that is blocked is a row itself, the first of every list, with what it runs', async (s) => {
  const { node, end_load } = await busy_node(s, []);
  assert.equal((await post(node, `/admin/test/block-shard?shard=1&ms=${2000 * patience}`)).status, 200);
  const first = await comes_first(node, 'kind=session&sort=bytes', (row) => row.stuck, 'the blocked shard');
  assert.equal(first.shard, 1);
  assert.equal(first.kind, 'directory');
  assert.equal(first.blame, 'handler');
  assert.match(first.note, /^shard 1 has not turned for [\d,]+ ms; it runs directory \d+$/);
  const { complete, shards } = await node.json('/admin/actors');
  const blocked = shards.find(({ shard }) => shard === 1);
  if (blocked.stuck) {   // it still is
    assert.equal(complete, false);
    assert.deepEqual(blocked.running.kind, 'directory');
  }
  await until(async () => (await node.json('/admin/actors')).complete, { within: 5000, what: 'all shards answer again' });
  assert.ok(!(await node.json('/admin/actors')).actors.some((row) => row.stuck));
  await end_load();
});

scenario('a session shows its connection, and how far its client has got', async (s) => {
  const node = await s.herald({ args: ['--ping-interval', '1s'] });
  const phone = await s.connect(node, 'alice', { device: 'phone' });
  await node.accept({ user: 'alice' }, 'hello');
  const frame = await phone.next('notification');
  await phone.ask({ type: 'ack', channel: 'user', cursor: frame.cursor });
  const [row] = (await node.json('/admin/actors?kind=session')).actors;
  assert.equal(row.user, 'alice');
  assert.equal(row.session.id, phone.welcome.session);
  assert.equal(row.session.protocol, 'herald.v1');
  assert.equal(row.session.address, '127.0.0.1');
  assert.equal(row.session.device, 'phone');
  assert.deepEqual(row.session.sent, { channel: 'user', cursor: frame.cursor });
  assert.deepEqual(row.session.acknowledged, { channel: 'user', cursor: frame.cursor });
  assert.ok(row.session.bytes_out > 100);
  assert.ok(Math.abs(Date.parse(row.session.connected_since) - Date.now()) < 60_000 * patience);
  assert.ok(row.messages >= 3 && row.busy_ms > 0, JSON.stringify(row));
  await until(async () => (await node.json('/admin/actors?kind=session')).actors[0].session.ping_ms > 0,
    { within: 5000, what: 'the round trip of a ping' });
});

scenario('the lists are in their order, and as long as was asked', async (s) => {
  const node = await s.herald({ args: ['--shards', '2'] });
  for (let n = 0; n < 8; ++n) await s.connect(node, `u${n}`);
  for (let n = 0; n < 8; ++n) await node.accept({ user: `u${n}` }, 'x'.repeat(100 * n));
  const bytes = async () => (await node.json('/admin/actors?kind=session&sort=bytes&limit=5')).actors;
  await until(async () => (await bytes()).map((row) => row.user).join() === 'u7,u6,u5,u4,u3', { what: 'those with the most bytes' });
  const { actors, totals } = await node.json('/admin/actors?sort=age&limit=1000');
  for (const [n, row] of actors.entries()) if (n > 0) assert.ok(row.age_ms <= actors[n - 1].age_ms + 1);
  assert.equal(actors.length, Object.values(totals).reduce((sum, kind) => sum + kind.actors, 0));
  assert.equal(totals.session.actors, 8);
});

scenario('a question that can not be answered names its field', async (s) => {
  const node = await s.herald();
  for (const [query, field] of [['kind=router', 'kind'], ['sort=size', 'sort'], ['limit=0', 'limit'], ['limit=1001', 'limit'], ['page=2', 'page']]) {
    const { status, json } = await node.get(`/admin/actors?${query}`);
    assert.equal(status, 400, query);
    assert.equal(json.error.field, field);
  }
  assert.equal((await post(node, '/admin/test/block-shard?shard=0&ms=1')).status, 404, 'without allow-test-hooks');
});

scenario('hooks for tests are for loopback only, and check what they are told', async (s) => {
  for (const port of ['listen', 'admin-listen']) {
    const wide = await run_herald(['--allow-test-hooks', 'true', `--${port}`, '0.0.0.0:0', `--insecure-${port}-without-auth`, 'true']);
    assert.equal(wide.code, 2);
    assert.match(wide.output, /allow-test-hooks/);
  }
  const node = await s.herald({ args: test_args });
  for (const [path, field] of [['block-shard?shard=2&ms=1', 'shard'], ['block-shard?shard=0', 'ms'], ['block-shard?shard=0&ms=10001', 'ms'],
    ['slow-handler?ms=1', 'user'], ['slow-handler?user=alice&ms=1&for_ms=0', 'for_ms']]) {
    const { status, json } = await post(node, `/admin/test/${path}`);
    assert.equal(status, 400, path);
    assert.equal(json.error.field, field);
  }
  assert.equal((await post(node, '/admin/test/nothing?ms=1')).status, 404);
});
