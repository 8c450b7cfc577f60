// What an operator sees of the fleet: which nodes there are, where a user is, how it is set up.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

const quick = ['--user-linger', '100ms'];

/// Three nodes on one Redis, each of which knows the others.
async function three(s) {
  const redis = await s.redis();
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => s.herald({ redis, name, args: quick })));
  for (const node of nodes) await knows(node, { a: 'live', b: 'live', c: 'live' });
  return { redis, nodes };
}

const states = async (node) => Object.fromEntries((await node.json('/admin/nodes')).nodes.map((n) => [n.name, n.state]));
const knows = (node, wanted, ms = 10_000) => until(async () => {
  const got = await states(node);
  return Object.entries(wanted).every(([name, state]) => got[name] === state);
}, { within: ms, what: `${node.name} sees ${JSON.stringify(wanted)}` });

const names = (list) => list.map((n) => n.name).sort();
const post = (node, path, options = {}) => node.get(path, { method: 'POST', ...options });

scenario('nodes know of each other: who is there, who said goodbye, who was killed', async (s) => {
  const { redis, nodes: [a, b, c] } = await three(s);
  await s.connect(b, 'alice');
  await until(async () => (await a.json('/admin/nodes')).totals.connections === 1, { within: 5000, what: 'b says that it has a connection' });
  const { nodes, hears_the_others } = await a.json('/admin/nodes');
  assert.ok(hears_the_others);
  assert.deepEqual(nodes.map((n) => n.this), [true, false, false]);
  for (const node of nodes) {
    assert.ok(node.ready && !node.draining && node.backplane.publishing && node.backplane.subscribed, node.name);
    assert.ok(node.memory_bytes > 1 << 20 && node.max_connections > 0 && node.actors > 3 && node.cpus_used >= 0, node.name);
    assert.match(node.instance, /^[0-9a-f]{16}$/);
    assert.match(node.started_at, /^20\d\d-.*Z$/);
    assert.ok(node.heard_ms_ago < 6000);
  }
  // Garbage from whoever may write to Redis.
  for (const bad of ['', 'herald1-say x', 'herald1-say 1 {"type":"node"}', `herald1-say 1 ${'['.repeat(10_000)}`]) await redis.publish('herald:control', bad);

  await b.stop();
  await knows(a, { b: 'gone' }, 1000);   // sooner than silence would tell
  await c.kill();
  await knows(a, { c: 'silent' }, 15_000);
  assert.equal((await a.json('/admin/nodes')).totals.live, 1);
  await c.again();
  await until(async () => (await a.json('/admin/nodes')).nodes.filter((n) => n.name === 'c' && n.state === 'live').length === 1,
    { within: 10_000, what: 'c is back, as another instance' });
});

scenario('a user with five sessions on three nodes is shown whole', async (s) => {
  const { nodes: [a, b, c] } = await three(s);
  const clients = [];
  for (const [node, options] of [[a, {}], [a, { groups: ['g1'] }], [b, { device: 'phone' }], [b, {}], [c, { groups: ['g1'] }]]) {
    clients.push(await s.connect(node, 'a/b@x', options));
  }
  await s.connect(c, 'bob', { groups: ['g1', 'g2'] });
  const { cursor } = await b.accept({ user: 'a/b@x' }, 1);
  for (const client of clients) await client.received(1, 'user');
  clients[2].send({ type: 'ack', channel: 'user', cursor });
  const path = `/admin/users/${encodeURIComponent('a/b@x')}`;
  const whole = await until(async () => {
    const seen = await a.json(path);
    return seen.sessions.some((x) => x.channels.some((ch) => ch.acknowledged)) && seen;
  }, { within: 5000, what: 'the acknowledgement is seen' });
  assert.equal(whole.user, 'a/b@x');
  assert.deepEqual(whole.unanswered, []);
  assert.equal(whole.log.end.cursor, cursor);
  assert.equal(whole.log.entries, 1);
  assert.deepEqual(whole.sessions.map((x) => x.node).sort(), ['a', 'a', 'b', 'b', 'c']);
  assert.deepEqual(whole.sessions.map((x) => x.id).sort(), clients.map((x) => x.welcome.session).sort());
  for (const session of whole.sessions) {
    const user = session.channels.find((x) => x.channel === 'user');
    assert.equal(user.state, 'live');
    assert.equal(user.sent.cursor, cursor);
    assert.equal(session.address, '127.0.0.1');
    assert.match(session.connected_at, /^20\d\d-.*Z$/);
    assert.ok(session.outbox.taken_bytes > 0);
    assert.deepEqual([session.protocol, session.outbox_bytes, session.outbox_messages, session.ping_ms], ['herald.v1', 0, 0, null]);
    assert.equal(user.acknowledged?.cursor, session.device === 'phone' ? cursor : undefined);
  }
  assert.equal(whole.sessions.filter((x) => x.groups.includes('g1')).length, 2);
  for (const node of whole.nodes) assert.equal(node.state, 'connected');

  const { groups, complete } = await b.json('/admin/groups');
  assert.ok(complete);
  assert.deepEqual(groups.map((g) => [g.id, g.users, g.nodes.map((n) => `${n.name}:${n.users}`).sort().join()]), [['g1', 3, 'a:1,c:2'], ['g2', 1, 'c:1']]);
  assert.deepEqual(names((await b.json('/admin/groups?limit=1')).groups.map((g) => ({ name: g.id }))), ['g1']);
  const one = await a.json('/admin/groups/g2');
  assert.equal(one.group.users, 1);
  assert.equal(one.log.entries, 0);
  assert.equal((await a.get('/admin/groups?limit=0')).status, 400);

  const nobody = await a.get('/admin/users/nobody');
  assert.equal(nobody.status, 200);
  assert.deepEqual(nobody.json.sessions, []);
  assert.ok(nobody.json.nodes.every((n) => n.state === 'not_here'));
  const bad = await a.get('/admin/users/group:g1');
  assert.deepEqual([bad.status, bad.json.error.field], [400, 'user']);
});

scenario('a node that stands still is named, in time', async (s) => {
  const { nodes: [a, b, c] } = await three(s);
  await s.connect(a, 'alice');
  c.program.signal('SIGSTOP');
  try {
    const begin = Date.now();
    const seen = await b.json('/admin/users/alice');
    assert.ok(Date.now() - begin < 5000, 'it does not wait for it');
    assert.deepEqual(names(seen.unanswered), ['c']);
    assert.deepEqual(seen.sessions.map((x) => x.node), ['a']);
    const actors = await b.json('/admin/actors?nodes=all&kind=session');
    assert.deepEqual([names(actors.unanswered), actors.complete, actors.actors.map((x) => `${x.node} ${x.user}`)], [['c'], false, ['a alice']]);
    assert.deepEqual(names((await b.json('/admin/actors?node=c')).unanswered), ['c']);
    assert.deepEqual((await b.json('/admin/actors?node=a')).unanswered, []);
    await knows(b, { a: 'live', c: 'silent' }, 15_000);
    // Nobody waits for it any more, but what it has is not known.
    const later = await b.json('/admin/users/alice');
    assert.deepEqual(names(later.unanswered), ['c']);
  } finally {
    c.program.signal('SIGCONT');
  }
  await knows(b, { c: 'live' });
  assert.deepEqual((await b.json('/admin/users/alice')).unanswered, []);
});

scenario('the actors of all nodes are one list, each with its node; of one node they can be asked from another', async (s) => {
  const { nodes: [a, b, c] } = await three(s);
  for (const [n, node] of [a, b, c, a, b, c].entries()) await s.connect(node, `u${n}`);
  await a.accept({ users: ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'] }, 'x');
  for (const n of [1, 2, 5]) await a.accept({ user: `u${n}` }, 'x'.repeat(1000 * n));
  const seen = await until(async () => {
    const now = await c.json('/admin/actors?nodes=all&kind=session&sort=bytes&limit=4');
    return now.actors.slice(0, 3).map((x) => `${x.node} ${x.user}`).join() === 'c u5,c u2,b u1' && now;
  }, { within: 5000, what: 'those that were sent most, of all nodes' });
  assert.equal(seen.actors.length, 4);
  assert.deepEqual([seen.node, seen.complete, seen.unanswered], ['c', true, []]);
  assert.deepEqual(names(seen.nodes), ['a', 'b', 'c']);
  for (const node of seen.nodes) assert.deepEqual([node.totals.session.actors, node.shards.every((x) => x.answered)], [2, true], node.name);
  const one = await c.json('/admin/actors?node=b&kind=session');
  assert.deepEqual(one.actors.map((x) => x.user).sort(), ['u1', 'u4']);
  assert.ok((await c.json('/admin/actors?kind=session')).actors.every((x) => x.node === 'c'), 'without nodes=all: those of this node');
  const [missing, many, both] = await Promise.all(['node=d', 'nodes=all&limit=201', 'nodes=all&node=a'].map((query) => c.get(`/admin/actors?${query}`)));
  assert.deepEqual([missing.status, missing.json.error.field, many.json.error.field, both.json.error.field], [404, 'node', 'limit', 'node']);
});

scenario('a node whose bridge stands still answers for itself, and others name it', async (s) => {
  const redis = await s.redis();
  const [a, b] = await Promise.all(['a', 'b'].map((name) => s.herald({ redis, name, args: [...quick, '--allow-test-hooks', 'true', '--shards', '2'] })));
  await knows(a, { b: 'live' });
  await knows(b, { a: 'live' });
  assert.equal((await post(b, '/admin/test/block-shard?shard=0&ms=4000')).status, 200);
  const [from_a, from_b] = await Promise.all([a, b].map((node) => node.json('/admin/actors?nodes=all')));
  assert.deepEqual(names(from_a.unanswered), ['b']);
  assert.deepEqual(names(from_b.unanswered), ['a'], 'it can not ask the other');
  const first = await until(async () => (await b.json('/admin/actors?nodes=all')).actors.find((x) => x.stuck), { within: 3000, what: 'what stands still' });
  assert.deepEqual([first.node, first.shard, first.blame], ['b', 0, 'handler']);
  await until(async () => (await b.json('/admin/actors?nodes=all')).complete, { within: 10_000, what: 'it turns again, and hears the other' });
});

scenario('a node without Redis sees itself', async (s) => {
  const node = await s.herald();
  await s.connect(node, 'alice', { groups: ['g1'] });
  assert.deepEqual((await node.json('/admin/nodes')).nodes.map((n) => n.name), [node.name]);
  const seen = await node.json('/admin/users/alice');
  assert.equal(seen.sessions.length, 1);
  assert.deepEqual(seen.unanswered, []);
  const backplane = await node.json('/admin/backplane');
  assert.equal(backplane.kind, 'memory');
  assert.equal(backplane.channels, 3);
});

scenario('how a node is connected to Redis, and what happened to it', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis });
  await s.connect(node, 'alice');
  const seen = await until(async () => {
    const now = await node.json('/admin/backplane');
    return now.canary_us > 0 && now;
  }, { within: 10_000, what: 'the canary was heard' });
  assert.deepEqual([seen.kind, seen.mode, seen.channels, seen.live_channels], ['redis', 'channel', 2, 2]);
  assert.deepEqual(seen.connections.map((x) => x.role).sort(), ['commands', 'subscriber']);
  for (const one of seen.connections) assert.deepEqual([one.address, one.up, one.times_lost], [`127.0.0.1:${redis.port}`, true, 0]);
  assert.equal(seen.away_ms, null);
  await redis.stop();
  await until(async () => (await node.json('/admin/backplane')).away_ms > 0, { what: 'it is away' });
  const away = await node.json('/admin/backplane');
  for (const one of away.connections) assert.deepEqual([one.up, one.times_lost], [false, 1]);
  // What Redis would know is not there; what this node knows is.
  const user = await node.json('/admin/users/alice');
  assert.equal(user.sessions.length, 1);
  assert.match(user.log.error, /Redis/);
  await redis.again();
  await until(async () => (await node.json('/admin/backplane')).connections.every((x) => x.up), { within: 10_000, what: 'it is back' });
});

scenario('the configuration is shown without its secrets', async (s) => {
  const redis = await s.redis();
  await redis.command('CONFIG', 'SET', 'requirepass', 's3cret');
  await redis.command('AUTH', 's3cret').catch(() => {});
  const node = await s.herald({ redis: `redis://:s3cret@127.0.0.1:${redis.port}`, env: { HERALD_PING_INTERVAL: '7s' },
    args: ['--auth-jwks', 'https://me:w0rd@id.example/jwks?key=k3y'] });
  const answer = await node.get('/admin/config');
  for (const secret of ['s3cret', 'w0rd', 'k3y']) {
    assert.ok(!answer.text.includes(secret), `${secret} is hidden`);
    assert.ok(!node.log.includes(secret), `${secret} is not in the log`);
  }
  const all = Object.fromEntries(answer.json.settings.map((x) => [x.name, x]));
  assert.equal(all.redis.value, `redis://:***@127.0.0.1:${redis.port}`);
  assert.deepEqual([all.redis.from, all.redis.secret], ['flag --redis', true]);
  assert.equal(all['auth-jwks'].value, 'https://***@id.example/jwks?***');
  assert.deepEqual([all['ping-interval'].value, all['ping-interval'].from], ['7s', 'variable HERALD_PING_INTERVAL']);
  assert.equal(all.shards.from, 'default');
});

scenario('the log level can be changed, for a while or for good, by those that may', async (s) => {
  const folder = await mkdtemp(join(tmpdir(), 'herald-fleet-'));
  s.at_end(() => rm(folder, { recursive: true, force: true }));
  const keys = { op: `operator-${'k'.repeat(40)}`, pub: `publisher-${'k'.repeat(40)}` };
  await writeFile(join(folder, 'keys'), `op admin ${keys.op}\npub publish ${keys.pub}\n`, { mode: 0o600 });
  const node = await s.herald({ args: ['--api-keys-file', join(folder, 'keys')] });
  const by = (key) => ({ headers: { authorization: `Bearer ${key}` } });
  for (const path of ['/admin/nodes', '/admin/users/alice', '/admin/groups', '/admin/backplane', '/admin/config']) {
    assert.equal((await node.get(path)).status, 401, path);
    assert.equal((await node.get(path, by(keys.pub))).status, 403, path);
    assert.equal((await node.get(path, by(keys.op))).status, 200, path);
  }
  assert.equal((await post(node, '/admin/log-level?level=debug')).status, 401);
  for (const query of ['', '?level=loud', '?level=debug&for=soon', '?level=debug&for=0s']) {
    const answer = await post(node, `/admin/log-level${query}`, by(keys.op));
    assert.equal(answer.status, 400, query);
    assert.match(answer.json.error.message, /debug, info, warn|such as 30s/);
  }
  const done = await post(node, '/admin/log-level', { ...by(keys.op), body: { level: 'warn' } });
  assert.deepEqual([done.status, done.json], [200, { level: 'warn', was: 'info' }]);
  const changed = () => node.lines('"log_level_changed"').map((line) => JSON.parse(line));
  await until(() => changed().length > 0, { what: 'the change is in the log' });
  assert.deepEqual([changed().length, changed()[0].key, changed()[0].peer], [1, 'op', '127.0.0.1']);
  const short = await post(node, '/admin/log-level?level=debug&for=300ms', by(keys.op));
  assert.deepEqual([short.json.level, short.json.was, short.json.then], ['debug', 'warn', 'warn']);
  await until(() => changed().length === 3, { what: 'it falls back' });
  assert.deepEqual([changed()[2].level, changed()[2].was], ['warn', 'debug']);
  assert.equal((await node.get('/admin/log-level', by(keys.op))).status, 405);
  assert.ok(!node.log.includes(keys.op), 'no key in the log');
});
