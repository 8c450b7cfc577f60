// Three nodes and one Redis behind haproxy, as a fleet runs: clients and publishers know only the balancer.

import assert from 'node:assert/strict';
import { publish } from './support/http.mjs';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

async function fleet(s) {
  const redis = await s.redis();
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => s.herald({ name, redis, args: ['--drain-window', '2s'] })));
  return { redis, nodes, proxy: await s.haproxy(nodes) };
}

const numbers = (count) => Array.from({ length: count }, (_, n) => n);

scenario('behind a balancer, wherever a session landed and whichever node published, it gets its own, once, in order', async (s) => {
  const { redis, nodes, proxy } = await fleet(s);
  const users = numbers(20).map((n) => `u${n}`);
  const sessions = [];   // three of each user
  for (const user of users) {
    for (let n = 0; n < 3; ++n) sessions.push(await s.connect(proxy, user, { groups: [`g${user.length}`] }));
  }
  const homes = new Map();
  for (const { welcome } of sessions) homes.set(welcome.node, (homes.get(welcome.node) ?? 0) + 1);
  for (const { name } of nodes) assert.ok(homes.get(name) >= 10, `the balancer spread them: ${JSON.stringify([...homes])}`);
  for (const node of nodes) assert.equal(await node.metric('websocket_connections'), homes.get(node.name), node.name);

  const count = 6;
  const send = async (to, target) => {
    for (let n = 0; n < count; ++n) {
      const answer = await publish(proxy.admin_port, { to, data: { target, n } });
      assert.equal(answer.status, 202, answer.text);
    }
  };
  await Promise.all([...users.map((user) => send({ user }, user)), send({ group: 'g2' }, 'g2'), send({ group: 'g3' }, 'g3'),
    send({ broadcast: true }, 'all')]);
  for (const user of users) await redis.publish(`notification:${user}`, JSON.stringify({ target: user, n: count }));
  assert.equal((await publish(proxy.admin_port, { to: { broadcast: true }, data: 'end' })).status, 202);
  assert.equal((await publish(proxy.admin_port, { to: { users }, data: 'end' })).status, 202);
  assert.equal((await publish(proxy.admin_port, { to: { group: 'g2' }, data: 'end' })).status, 202);
  assert.equal((await publish(proxy.admin_port, { to: { group: 'g3' }, data: 'end' })).status, 202);
  for (const client of sessions) {
    await client.received(3 * count + 1 + 3, undefined, 20_000);
    const due = { user: [client.name, count + 1], [`group:g${client.name.length}`]: [`g${client.name.length}`, count], broadcast: ['all', count] };
    for (const [channel, [target, many]] of Object.entries(due)) {
      assert.deepEqual(client.notifications(channel).map((n) => n.data),
        [...numbers(many).map((n) => ({ target, n })), 'end'], `${client.name} on ${channel}`);
    }
    assert.equal(client.notifications().length, 3 * count + 1 + 3, `${client.name}: nothing else`);
  }
});

scenario('a node behind a balancer is replaced: its clients move, the others notice nothing', async (s) => {
  const { nodes, proxy } = await fleet(s);
  const clients = await Promise.all(numbers(30).map((n) => s.connect(proxy, `u${n}`)));
  const leaving = nodes[1];
  const moving = clients.filter((client) => client.welcome.node === leaving.name);
  assert.ok(moving.length >= 5, `${moving.length} on the node that leaves`);
  const { code } = await leaving.stop();
  assert.equal(code, 0);
  for (const client of moving) {
    assert.equal((await client.end()).code, 1012);
    assert.equal(client.frames.at(-1).type, 'bye');
  }
  const staying = clients.filter((client) => !moving.includes(client));
  const back = await Promise.all(moving.map((client) => until(() => s.connect(proxy, client.name), { what: `${client.name} comes back` })));
  for (const client of back) assert.notEqual(client.welcome.node, leaving.name);
  for (const n of clients.keys()) {
    const answer = await until(async () => {
      const got = await publish(proxy.admin_port, { to: { user: `u${n}` }, data: n, id: `moved-${n}` });
      return got.status === 202 && got;
    }, { what: 'the balancer finds a node' });
    assert.equal(answer.json.id, `moved-${n}`);
  }
  for (const client of [...staying, ...back]) {
    assert.deepEqual((await client.received(1)).map((n) => `u${n.data}`), [client.name]);
    assert.equal(client.closed, null);
  }
  await leaving.again();
  await until(async () => {
    const client = await s.connect(proxy, 'new');
    return client.welcome.node === leaving.name;
  }, { within: 10_000, what: 'the node gets clients again' });
});

scenario('a full node\'s clients go elsewhere', async (s) => {
  const redis = await s.redis();
  const nodes = [await s.herald({ name: 'small', redis, args: ['--max-connections', '2'] }), await s.herald({ name: 'large', redis })];
  const proxy = await s.haproxy(nodes);
  const clients = [];
  await until(async () => {
    const client = await s.connect(proxy, `u${clients.length}`).catch(() => undefined);
    if (client) clients.push(client);
    return clients.length === 12;
  }, { within: 10_000, what: 'twelve clients found a place' });
  assert.equal(clients.filter((client) => client.welcome.node === 'small').length, 2);
  await nodes[1].accept({ broadcast: true }, 'all');
  for (const client of clients) assert.equal((await client.next('notification')).data, 'all');
});
