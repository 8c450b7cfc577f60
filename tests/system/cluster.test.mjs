// Three nodes and one Redis: everybody gets what is due to them, once, in order, wherever they are and whoever publishes.

import assert from 'node:assert/strict';
import { Refused } from './support/client.mjs';
import { scenario } from './support/stage.mjs';

const three_nodes = async (s, args = []) => {
  const redis = await s.redis();
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => s.herald({ name, redis, args })));
  return { redis, nodes };
};

/// Waits until whatever was published before has arrived: one last broadcast through each node and through Redis.
async function settle(redis, nodes, clients) {
  const marks = nodes.map((node) => `mark ${node.name} ${Math.random()}`);
  for (const [i, node] of nodes.entries()) await node.accept({ broadcast: true }, marks[i]);
  marks.push(`mark redis ${Math.random()}`);
  await redis.publish('notification:broadcast', JSON.stringify(marks.at(-1)));
  await Promise.all(clients.map(async (client) => {
    for (const mark of marks) await client.next((f) => f.data === mark, 15_000);
  }));
}

const is_mark = (n) => typeof n.data === 'string' && n.data.startsWith('mark');
const by = (notifications, from) => notifications.filter((n) => n.data.from === from).map((n) => n.data.n);

async function everybody_gets_their_own(s, args) {
  const { redis, nodes } = await three_nodes(s, args);
  const [a, b, c] = nodes;
  const sessions = {
    alice_a: await s.connect(a, 'alice', { groups: ['g'] }), alice_b: await s.connect(b, 'alice'),
    alice_b2: await s.connect(b, 'alice'), bob: await s.connect(c, 'bob'), carol: await s.connect(b, 'carol', { groups: ['g'] }),
    dave: await s.connect(c, 'dave', { groups: ['g', 'h'] }), erin: await s.connect(a, 'erin') };
  const count = 25;
  const targets = { alice: { user: 'alice' }, bob: { user: 'bob' }, g: { group: 'g' }, all: { broadcast: true } };
  const redis_channels = { alice: 'alice', bob: 'bob', g: 'group:g', all: 'broadcast' };
  const sources = [...nodes.map((node) => node.name), 'redis'];

  // Each source publishes to each target in order; all sources and targets at the same time.
  await Promise.all(Object.keys(targets).flatMap((target) => [
    ...nodes.map(async (node) => {
      for (let n = 0; n < count; ++n) await node.accept(targets[target], { from: node.name, target, n });
    }),
    (async () => {
      for (let n = 0; n < count; ++n) {
        await redis.publish(`notification:${redis_channels[target]}`, JSON.stringify({ from: 'redis', target, n }));
      }
    })()]));
  await settle(redis, nodes, Object.values(sessions));

  const due = {
    alice_a: { user: 'alice', 'group:g': 'g', broadcast: 'all' }, alice_b: { user: 'alice', broadcast: 'all' },
    alice_b2: { user: 'alice', broadcast: 'all' }, bob: { user: 'bob', broadcast: 'all' },
    carol: { 'group:g': 'g', broadcast: 'all' }, dave: { 'group:g': 'g', broadcast: 'all' }, erin: { broadcast: 'all' } };
  const in_order = Array.from({ length: count }, (_, n) => n);
  const orders = {};   // the cursors of each target as the first session saw them
  for (const [name, channels] of Object.entries(due)) {
    const got = sessions[name].notifications().filter((n) => !is_mark(n));
    assert.deepEqual([...new Set(got.map((n) => n.channel))].sort(), Object.keys(channels).sort(), name);
    for (const [channel, target] of Object.entries(channels)) {
      const here = got.filter((n) => n.channel === channel);
      assert.ok(here.every((n) => n.data.target === target), `${name}: something for others on ${channel}`);
      for (const source of sources) {
        assert.deepEqual(by(here, source), in_order, `${name}: ${channel} from ${source}`);
      }
      for (const n of here) {
        assert.equal(n.data.from === 'redis', !('cursor' in n), `${name}: a position for what was accepted, none for PUBLISH`);
        assert.equal(n.data.from === 'redis', !('id' in n), `${name}: an id for what was accepted, none for PUBLISH`);
      }
      const order = here.filter((n) => n.cursor).map((n) => n.cursor);
      orders[target] ??= order;
      assert.deepEqual(order, orders[target], `${name}: the same order on every node (${channel})`);
    }
  }
}

scenario('every session on three nodes gets exactly what is due to it', (s) => everybody_gets_their_own(s, []));
scenario('… with --redis-mode pattern too', (s) => everybody_gets_their_own(s, ['--redis-mode', 'pattern']));

scenario('the node that publishes delivers once, as all others do', async (s) => {
  const { redis, nodes } = await three_nodes(s);
  const clients = await Promise.all(nodes.map((node) => s.connect(node, 'alice')));
  for (const node of nodes) await node.accept({ user: 'alice' }, { from: node.name });
  await settle(redis, nodes, clients);
  for (const client of clients) {
    assert.deepEqual(client.notifications('user').map((n) => n.data.from), ['a', 'b', 'c']);
  }
});

scenario('an id is remembered by all nodes together', async (s) => {
  const { redis, nodes } = await three_nodes(s);
  const clients = await Promise.all(nodes.map((node) => s.connect(node, 'alice')));
  const receipts = await Promise.all(nodes.map((node) => node.accept({ user: 'alice' }, 'paid', { id: 'order-17' })));
  assert.deepEqual(receipts[1], receipts[0]);
  assert.deepEqual(receipts[2], receipts[0]);
  await settle(redis, nodes, clients);
  for (const client of clients) assert.equal(client.notifications('user').length, 1);
});

scenario('what is published through PUBLISH arrives byte for byte', async (s) => {
  const { redis, nodes } = await three_nodes(s);
  const alice = await s.connect(nodes[2], 'alice');
  for (const text of ['{"b":1,"a":  2.50}', ' { "spaces" : "around" } ', '"é \\u00e9 🎉"', '[1,2]', '-1.7e308',
    '{"id":"not ours","to":{"user":"bob"},"data":1}', '{"type":"bye"}', `"${'x'.repeat(100_000)}"`]) {
    assert.equal(await redis.publish('notification:alice', text), 1);
    const got = await alice.next('notification');
    assert.equal(got.channel, 'user');
    assert.equal(alice.data_text(got), text.trim());
  }
});

scenario('a publisher may use another prefix', async (s) => {
  const redis = await s.redis();
  const args = ['--channel-prefix', 'news:'];
  const [a, b] = [await s.herald({ redis, args }), await s.herald({ redis, args })];
  const alice = await s.connect(b, 'alice');
  await redis.publish('notification:alice', '"old prefix"');
  await a.accept({ user: 'alice' }, 'one');
  await redis.publish('news:alice', '"two"');
  assert.deepEqual((await alice.received(2)).map((n) => n.data), ['one', 'two']);
});

scenario('users who may not be called so are refused, and their channels are safe', async (s) => {
  const { redis, nodes } = await three_nodes(s);
  const [node, other] = nodes;
  const alice = await s.connect(other, 'alice', { groups: ['x'] });
  for (const user of ['broadcast', 'group:x', 'group:', 'a b', '{42}', 'x'.repeat(129), '*', 'a\u0000b']) {
    await assert.rejects(s.connect(node, user), (error) => {
      assert.ok(error instanceof Refused, `${user}: ${error.message}`);
      assert.equal(error.status, 400, user);
      assert.equal(error.json?.error?.field, 'user', user);
      assert.ok(error.json.error.message.length > 10, user);
      return true;
    });
    const answer = await node.publish({ to: { user }, data: 1 });
    assert.equal(answer.status, 400, user);
    assert.match(answer.json.error.field, /user$/, user);
  }
  await settle(redis, nodes, [alice]);
  assert.deepEqual(alice.notifications().filter((n) => !is_mark(n)), []);
});

scenario('a user with a pattern\'s characters in reach gets only their own', async (s) => {
  const { redis, nodes } = await three_nodes(s, ['--redis-mode', 'pattern']);
  const a = await s.connect(nodes[0], 'a.b');
  const b = await s.connect(nodes[1], 'a|b');
  await redis.publish('notification:a.b', '1');
  await redis.publish('notification:a|b', '2');
  await redis.publish('notification:axb', '3');
  await redis.publish('notification:', '4');
  await redis.publish('notification:group:', '5');
  await redis.publish('notification:a b', '6');
  await settle(redis, nodes, [a, b]);
  assert.deepEqual(a.notifications('user').map((n) => n.data), [1]);
  assert.deepEqual(b.notifications('user').map((n) => n.data), [2]);
});
