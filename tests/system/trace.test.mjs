// Where is my notification? What an operator is told of one that was traced.

import assert from 'node:assert/strict';
import { scenario } from './support/stage.mjs';
import { messages_in } from './support/raw.mjs';
import { until } from './support/wait.mjs';

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const trace_id = parent.slice(3, 35);

/// Three nodes on one Redis, each of which knows the others.
async function three(s, args = []) {
  const redis = await s.redis();
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => s.herald({ redis, name, args: ['--user-linger', '100ms', ...args] })));
  for (const node of nodes) {
    await until(async () => (await node.json('/admin/nodes')).nodes.filter((n) => n.state === 'live').length === 3, { within: 10_000, what: `${node.name} knows all` });
  }
  return { redis, nodes };
}

const trace = (node, id) => node.json(`/admin/trace/${encodeURIComponent(id)}`);

/// What a node says once that holds.
const traced = (node, id, holds, what) => until(async () => {
  const now = await trace(node, id);
  return holds(now) && now;
}, { within: 10_000, what: `${id}: ${what}` });

const steps_of = (of) => of.steps.map((x) => x.step);
const node_called = (answer, name) => answer.nodes.find((n) => n.name === name);
const words_of = (answer) => answer.nodes.flatMap((n) => n.sessions.map((x) => x.last_word)).sort();

scenario('a user with five sessions on three nodes, one of them slow, one acknowledged', async (s) => {
  const small = ['--outbox-max-bytes', '16KiB', '--socket-send-buffer', '8KiB'];
  const { nodes: [a, b, c] } = await three(s, small);
  const phone = await s.connect(a, 'alice', { device: 'phone' });
  const others = [await s.connect(a, 'alice'), await s.connect(b, 'alice'), await s.connect(c, 'alice')];
  const slow = await s.raw_websocket(b, 'alice', { read: false });
  await until(async () => (await b.metric('websocket_connections')) === 2, { what: 'the slow one is there' });
  // So much that the slow one leaves the live stream.
  let sent = 0;
  const is_slow = (x) => x.node === 'b' && x.id !== others[1].welcome.session && x.channels.some((y) => y.channel === 'user' && y.state === 'catching_up');
  await until(async () => {
    for (let i = 0; i < 20; ++i, ++sent) await c.accept({ user: 'alice' }, 'x'.repeat(8000));
    return (await b.json('/admin/users/alice')).sessions.some(is_slow);
  }, { within: 20_000, what: 'the slow one leaves the live stream' });
  for (const client of [phone, ...others]) await client.received(sent, 'user');

  const { id, cursor } = await c.accept({ user: 'alice' }, 'the one', { id: 'order/17', trace: true, traceparent: parent });
  for (const client of [phone, ...others]) {
    const [got] = (await client.received(sent + 1, 'user')).slice(-1);
    assert.deepEqual([got.data, got.id, got.traceparent], ['the one', id, parent]);
  }
  phone.send({ type: 'ack', channel: 'user', cursor });
  const whole = await traced(a, id, (x) => x.words.acknowledged === 1 && x.words.written === 3, 'one has acknowledged, three have it');
  assert.ok(whole.found && whole.complete, JSON.stringify(whole));
  assert.deepEqual(words_of(whole), ['acknowledged', 'catching_up', 'written', 'written', 'written']);
  assert.deepEqual([whole.to, whole.cursor, whole.traceparent, whole.data_bytes], [['user:alice'], cursor, parent, 9]);
  assert.match(whole.published_at, /^20\d\d-.*Z$/);
  assert.deepEqual(whole.unanswered, []);

  const of = (client) => whole.nodes.flatMap((n) => n.sessions).find((x) => x.id === client.welcome.session);
  assert.deepEqual([of(phone).device, of(phone).last_word], ['phone', 'acknowledged']);
  assert.deepEqual(steps_of(of(phone)), ['queued', 'written', 'acknowledged']);
  for (const client of others) assert.deepEqual(steps_of(of(client)), ['queued', 'written']);
  const late = node_called(whole, 'b').sessions[0];
  assert.deepEqual([late.last_word, late.why, steps_of(late)], ['catching_up', 'slow', ['behind']]);
  assert.deepEqual(steps_of(node_called(whole, 'c')).slice(0, 1), ['asked']);
  for (const node of whole.nodes) {
    assert.equal(node.last_word, 'sessions');
    assert.deepEqual(node.missing, []);
    const steps = steps_of(node);
    for (const step of ['received', 'bridge', 'directory', 'router']) assert.ok(steps.includes(step), `${node.name}: ${step}`);
    assert.equal(steps.includes('accepted'), node.name === 'c', 'only where it was published');
    for (const step of node.steps) assert.ok(Math.abs(step.after_ms) < 60_000 && /Z$/.test(step.at), JSON.stringify(step));
    assert.equal(node.steps.find((x) => x.step === 'router').sessions, node.name === 'c' ? 1 : 2);
  }
  // Another node says the same.
  assert.deepEqual(words_of(await trace(b, id)), words_of(whole));

  // The slow one reads again: it gets the message from the log, and then that is its last word.
  slow.socket.on('data', (bytes) => { slow.taken = Buffer.concat([slow.taken ?? Buffer.alloc(0), bytes]); });
  slow.socket.resume();
  const read = await traced(c, id, (x) => x.words.written === 4, 'the slow one has it');
  const then = node_called(read, 'b').sessions.find((x) => x.id === late.id);
  assert.deepEqual([then.last_word, steps_of(then)], ['written', ['behind', 'read', 'queued', 'written']]);
  await until(() => messages_in(slow.taken).some((x) => x.data === 'the one'), { within: 10_000, what: 'it came to the slow client' });

  // In the log: by id and trace id, and nothing of what was sent.
  const lines = c.lines('"notification_traced"').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((x) => [x.id, x.trace_id]), [[id, trace_id]]);
  assert.ok(!c.log.includes('the one'));
  assert.equal(await a.metric('herald_trace_records_total') > 0, true);
});

scenario('a user who is nowhere, an id that nobody knows, and one that can be none', async (s) => {
  const { nodes: [a, b] } = await three(s);
  await a.accept({ user: 'nobody' }, 1, { id: 'lost-1', trace: true });
  const seen = await traced(b, 'lost-1', (x) => x.nodes.every((n) => n.last_word === 'nobody_here'), 'nobody is there');
  assert.ok(seen.found && seen.complete);
  assert.deepEqual(seen.words, {});
  assert.deepEqual(steps_of(node_called(seen, 'a')), ['asked', 'accepted']);
  for (const name of ['b', 'c']) assert.deepEqual([node_called(seen, name).steps, node_called(seen, name).sessions], [[], []]);
  // The same once more is not sent again, and says so.
  await b.accept({ user: 'nobody' }, 1, { id: 'lost-1', trace: true });
  await traced(b, 'lost-1', (x) => node_called(x, 'b').last_word === 'repeated', 'it was a repetition');

  await a.accept({ user: 'nobody' }, 1, { id: 'untraced' });
  for (const id of ['untraced', 'never-was']) {
    const unknown = await b.get(`/admin/trace/${id}`);
    assert.equal(unknown.status, 200);
    assert.deepEqual([unknown.json.found, unknown.json.nodes.map((n) => n.last_word)], [false, ['no_trace', 'no_trace', 'no_trace']]);
    assert.match(unknown.json.why, /trace-sample/);
  }
  for (const bad of ['', 'a%20b', 'x'.repeat(129), '%7B']) {
    const refused = await a.get(`/admin/trace/${bad}`);
    assert.deepEqual([refused.status, refused.json.error.field], [400, 'id'], bad);
  }
  for (const [field, value] of [['trace', 1], ['traceparent', 'x']]) {
    const refused = await a.publish({ to: { user: 'nobody' }, data: 1, [field]: value });
    assert.deepEqual([refused.status, refused.json.error.field], [400, field]);
  }
});

scenario('plain PUBLISH, broadcast, the header, a sample, and clients', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--client-publish', 'all'] });
  const client = await s.connect(node, 'alice');
  // A publisher that knows nothing of herald.
  await redis.publish('notification:alice', JSON.stringify({ id: 'spring-1', trace: true, traceparent: parent, text: 'x' }));
  assert.equal((await client.received(1, 'user'))[0].traceparent, parent);
  assert.equal(client.notifications('user')[0].id, undefined);
  const plain = await traced(node, 'spring-1', (x) => x.words.written === 1, 'it was written');
  assert.deepEqual([plain.traceparent, plain.cursor, steps_of(plain.nodes[0])], [parent, undefined, ['received', 'bridge', 'directory', 'router']]);
  const name = await until(async () => {
    await redis.publish('notification:alice', '{"trace":true}');  // again and again: at most one line a second says so
    return node.lines('"notification_traced"').map((line) => JSON.parse(line).id).find((id) => id.startsWith('plain-'));
  }, { every: 300, what: 'its name is in the log' });
  assert.equal((await trace(node, name)).found, true);

  await node.accept({ broadcast: true }, 'all', { id: 'all-1', trace: true });
  assert.deepEqual((await traced(node, 'all-1', (x) => x.words.written === 1, 'it was written')).to, ['broadcast']);

  // The header is for what says none itself; one that is none is passed over.
  const publish = (more, traceparent) => node.publish({ to: { user: 'alice' }, data: 1, ...more }, { headers: { traceparent } });
  const own = parent.replace('4bf9', 'aaaa');
  for (const [more, header, expected] of [[{ id: 'h1' }, parent, parent], [{ id: 'h2', traceparent: own }, parent, own], [{ id: 'h3' }, 'nonsense', undefined]]) {
    assert.equal((await publish(more, header)).status, 202);
    assert.equal((await client.next((f) => f.id === more.id)).traceparent, expected);
    assert.equal((await trace(node, more.id)).found, false, 'a traceparent alone makes no trace');
  }
  // Clients may say what theirs is part of, and may not fill the ring.
  const told = await client.ask({ type: 'publish', to: { user: 'alice' }, data: 1, id: 'c1', traceparent: parent });
  assert.equal(told.type, 'published');
  assert.equal((await client.next((f) => f.id === 'c1')).traceparent, parent);
  const refused = await client.ask({ type: 'publish', to: { user: 'alice' }, data: 1, trace: true });
  assert.deepEqual([refused.type, refused.code], ['error', 'bad_field']);

  // A user who has just left.
  const leaving = await s.connect(node, 'bob', { groups: ['g1'] });
  await leaving.close();
  await node.metric_is('websocket_connections', 1);
  await node.accept({ user: 'bob' }, 1, { id: 'bob-1', trace: true });
  const gone = await traced(node, 'bob-1', (x) => x.nodes[0].last_word === 'nobody_here', 'nobody was there');
  assert.deepEqual(gone.nodes[0].sessions, []);

  const all = await s.herald({ name: 'sampled', args: ['--trace-sample', '1', '--trace-ring', '64KiB', '--shards', '1'] });
  for (let i = 0; i < 200; ++i) await all.accept({ user: 'nobody' }, i, { id: `s${i}` });
  assert.equal((await trace(all, 's199')).found, true);
  assert.equal((await trace(all, 's0')).found, false, 'it has made room');
  assert.ok(await all.metric('herald_trace_overwritten_total') > 0 && await all.metric('herald_trace_bytes') <= 64 * 1024);
});
