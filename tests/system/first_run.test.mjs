// One node, no Redis: what somebody sees who starts herald for the first time.

import assert from 'node:assert/strict';
import { refused } from './support/client.mjs';
import { scenario } from './support/stage.mjs';
import { until, within } from './support/wait.mjs';

scenario('a notification posted over HTTP reaches the user it is for, and nobody else', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const bob = await s.connect(node, 'bob');
  const answer = await node.publish({ to: { user: 'alice' }, data: { text: 'hello' } });
  assert.equal(answer.status, 202);
  assert.match(answer.headers['content-type'], /^application\/json/);
  const got = await alice.next('notification');
  assert.equal(got.channel, 'user');
  assert.deepEqual(got.data, { text: 'hello' });
  assert.equal(got.id, answer.json.id);
  assert.equal(got.cursor, answer.json.cursor);
  assert.equal(typeof got.cursor, 'string');
  assert.match(got.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  assert.ok(Math.abs(Date.now() - Date.parse(got.time)) < 60_000, `a time of now: ${got.time}`);
  await node.accept({ user: 'bob' }, 'for bob');
  assert.equal((await bob.next('notification')).data, 'for bob');
  assert.equal(bob.notifications().length, 1);
  assert.equal(alice.notifications().length, 1);
});

scenario('the data arrives byte for byte', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const texts = [
    '{"b":1,"a":  2.50}', '{ "b" : 1 ,\t"b" : 2 }', '[ ]', '{}', 'null', 'true', '"text"', '-0.0', '12345678901234567890123',
    '1.0000000000000000000001E-7', '1e308', '"\\u00e9\\/é 🎉 \\ud83c\\udf89"', '[[[[["deep"]]]]]', '{"":{"":[{}]}}', '"\\"]}{[\\\\"',
    JSON.stringify({ long: 'x'.repeat(50_000) })];
  for (const text of texts) {
    const answer = await node.publish(`{"to":{"user":"alice"},"data":${text}}`);
    assert.equal(answer.status, 202, `${text.slice(0, 60)}: ${answer.text}`);
    assert.equal(alice.data_text(await alice.next('notification')), text);
  }
  const first = await node.publish('{"data":{"b":1,"a":  2.50} , "to":{"user":"alice"}}');
  assert.equal(first.status, 202, 'the order of members is the publisher\'s own');
  assert.equal(alice.data_text(await alice.next('notification')), '{"b":1,"a":  2.50}');
});

scenario('the welcome comes first and says who, where and what', async (s) => {
  const node = await s.herald({ name: 'node-one' });
  const alice = await s.connect(node, 'alice', { groups: ['g1', 'g2'] });
  const { welcome } = alice;
  assert.equal(alice.frames[0], welcome);
  assert.equal(welcome.user, 'alice');
  assert.equal(welcome.node, 'node-one');
  assert.equal(welcome.ping_ms, 25_000);
  assert.match(welcome.session, /^\S{8,}$/);
  assert.deepEqual(Object.keys(welcome.channels).sort(), ['broadcast', 'group:g1', 'group:g2', 'user']);
  for (const channel of Object.values(welcome.channels)) assert.equal(channel.live, true);
  const again = await s.connect(node, 'alice');
  assert.notEqual(again.welcome.session, welcome.session);
  assert.deepEqual(Object.keys(again.welcome.channels).sort(), ['broadcast', 'user']);
});

scenario('every address works: a user, several users, a group, everybody', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice', { groups: ['g'] });
  const phone = await s.connect(node, 'alice', { device: 'phone' });
  const bob = await s.connect(node, 'bob', { groups: ['g', 'h'] });
  const carol = await s.connect(node, 'carol');
  await node.accept({ user: 'alice' }, 'user');
  const several = await node.accept({ users: ['alice', 'bob', 'nobody-here'] }, 'users');
  assert.deepEqual(Object.keys(several.cursors).sort(), ['alice', 'bob', 'nobody-here']);
  await node.accept({ group: 'g' }, 'group');
  await node.accept({ group: 'empty' }, 'empty group');
  await node.accept({ broadcast: true }, 'all');
  const seen = async (client, count) => (await client.received(count)).map((n) => `${n.channel} ${n.data}`).sort();
  assert.deepEqual(await seen(alice, 4), ['broadcast all', 'group:g group', 'user user', 'user users']);
  assert.deepEqual(await seen(phone, 3), ['broadcast all', 'user user', 'user users']);
  assert.deepEqual(await seen(bob, 3), ['broadcast all', 'group:g group', 'user users']);
  assert.deepEqual(await seen(carol, 1), ['broadcast all']);
});

scenario('ids may hold every character that the contract allows', async (s) => {
  const node = await s.herald();
  for (const id of ['A-Z_a.z:0@9+=~/|', 'x'.repeat(128), '42', 'groups', 'user:group:x', '-']) {
    const client = await s.connect(node, id, { groups: [id] });
    assert.equal(client.welcome.user, id);
    await node.accept({ user: id }, 'mine', { id });
    await node.accept({ group: id }, 'ours');
    assert.equal((await client.next((f) => f.channel === 'user')).id, id);
    assert.equal((await client.next((f) => f.channel === `group:${id}`)).data, 'ours');
  }
});

scenario('a thousand messages to one user arrive in order, once', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  for (let n = 0; n < 1000; n += 100) {
    const batch = Array.from({ length: 100 }, (_, i) => ({ to: { user: 'alice' }, data: n + i }));
    const answer = await node.publish(batch);
    assert.equal(answer.status, 202);
    assert.equal(answer.json.length, 100);
  }
  const got = await alice.received(1000);
  assert.deepEqual(got.map((n) => n.data), Array.from({ length: 1000 }, (_, i) => i));
  assert.equal(new Set(got.map((n) => n.cursor)).size, 1000);
});

scenario('the sub-protocol herald.v1 is chosen when offered, and foreign ones alone are refused', async (s) => {
  const node = await s.herald();
  assert.equal((await s.connect(node, 'alice')).socket.protocol, '');
  assert.equal((await s.connect(node, 'alice', { protocols: ['herald.v1'] })).socket.protocol, 'herald.v1');
  assert.equal((await s.connect(node, 'alice', { protocols: ['graphql-ws', 'herald.v1'] })).socket.protocol, 'herald.v1');
  const refusal = await refused(s.connect(node, 'alice', { protocols: ['graphql-ws'] }));
  assert.equal(refusal.status, 400);
  assert.ok(refusal.json.error.message, refusal.text);
});

scenario('probes and metrics answer, under the names that dashboards know', async (s) => {
  const node = await s.herald();
  assert.equal((await node.get('/livez')).status, 200);
  assert.equal((await node.get('/readyz')).status, 200);
  const clients = [await s.connect(node, 'alice'), await s.connect(node, 'alice', { groups: ['g'] }), await s.connect(node, 'bob')];
  await node.metric_is('websocket_connections', 3);
  const answer = await node.get('/metrics');
  assert.match(answer.headers['content-type'], /^text\/plain/);
  const metrics = await node.metrics();
  for (const [name, type] of [['websocket_connections', 'gauge'], ['websocket_subscriptions', 'gauge'],
    ['redis_pubsub_messages_total', 'counter']]) {
    assert.equal(metrics.types.get(name), type, name);
    assert.ok(metrics.helps.get(name)?.length > 5, `HELP of ${name}`);
    assert.ok(Number.isFinite(metrics.value(name)), name);
  }
  for (const { name } of metrics.samples) {
    assert.match(name, /^(herald_|process_|websocket_connections$|websocket_subscriptions$|redis_pubsub_messages_total$)/);
  }
  await clients[0].close();
  clients[1].cut();
  await node.metric_is('websocket_connections', 1);
  await clients[2].close();
  await node.metric_is('websocket_connections', 0);
  assert.equal((await node.get('/nowhere')).status, 404);
  assert.equal((await node.get('/metrics', { method: 'DELETE' })).status, 405);
});

scenario('the actors can be counted, and leave when their users do', async (s) => {
  const node = await s.herald({ args: ['--user-linger', '200ms', '--shards', '2'] });
  const counts = async (wanted) => {
    let totals;
    await until(async () => {
      totals = await node.actors();
      return Object.entries(wanted).every(([kind, count]) => (totals[kind] ?? 0) === count);
    }, { within: 5000, what: JSON.stringify(wanted) }).catch((e) => assert.fail(`${e.message}, last ${JSON.stringify(totals)}`));
  };
  await counts({ bridge: 1, directory: 2, user_router: 0, session: 0 });
  const clients = [await s.connect(node, 'alice'), await s.connect(node, 'alice')];
  await counts({ bridge: 1, directory: 2, user_router: 1, session: 2 });
  clients.push(await s.connect(node, 'bob'));
  await counts({ bridge: 1, directory: 2, user_router: 2, session: 3 });
  for (const client of clients) await client.close();
  await counts({ bridge: 1, directory: 2, user_router: 0, session: 0 });
});

scenario('a ping is answered, with its ref', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  assert.equal((await alice.ask({ type: 'ping', ref: 4 })).type, 'pong');
  assert.equal((await alice.ask({ type: 'ping', ref: 'a "quoted" é' })).type, 'pong');
  alice.send({ type: 'ping' });
  assert.equal('ref' in await alice.next('pong'), false);
  alice.socket.ping('are you there');
  const echo = await within(5000, new Promise((done) => alice.socket.once('pong', done)), 'a pong frame');
  assert.equal(`${echo}`, 'are you there');
  alice.send('{"type":"pi', { fin: false });
  alice.send('ng","ref":', { fin: false });
  alice.send('77}', { fin: true });
  assert.equal((await alice.next((f) => f.ref === 77)).type, 'pong', 'a message in three fragments');
});

scenario('groups can be joined and left', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice');
  const joined = await alice.ask({ type: 'subscribe', group: 'g1', ref: 1 });
  assert.equal(joined.type, 'subscribed');
  assert.equal(joined.channel, 'group:g1');
  assert.equal(joined.live, true);
  assert.equal((await alice.ask({ type: 'subscribe', group: 'g1' })).type, 'subscribed', 'joining twice does no harm');
  await node.accept({ group: 'g1' }, 'first');
  assert.equal((await alice.next('notification')).channel, 'group:g1');
  const left = await alice.ask({ type: 'unsubscribe', group: 'g1', ref: 2 });
  assert.equal(left.type, 'unsubscribed');
  assert.equal(left.channel, 'group:g1');
  await node.accept({ group: 'g1' }, 'second');
  await node.accept({ user: 'alice' }, 'after');
  assert.equal((await alice.next('notification')).data, 'after');
  assert.equal((await alice.ask({ type: 'subscribe', group: 'g1' })).type, 'subscribed');
  await node.accept({ group: 'g1' }, 'third');
  assert.equal((await alice.next('notification')).data, 'third');
  assert.deepEqual(alice.notifications().map((n) => n.data), ['first', 'after', 'third']);
});
