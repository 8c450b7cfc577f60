// What breaks around a node: other nodes, Redis, and the connection to it.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patience } from './support/binaries.mjs';
import { run_herald } from './support/herald.mjs';
import { scenario, works } from './support/stage.mjs';
import { sleep, until } from './support/wait.mjs';

/// Publishes with one id until it is accepted.
const publish_until_accepted = (node, body, ms = 30_000) => until(async () => {
  const answer = await node.publish(body);
  if (answer.status === 202) return answer.json;
  assert.equal(answer.status, 503, answer.text);
  return undefined;
}, { within: ms, every: 100, what: `${node.name} accepts again` });

scenario('a node that is killed takes nobody else with it', async (s) => {
  const redis = await s.redis();
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => s.herald({ name, redis })));
  const lost = await s.connect(a, 'alice', { groups: ['g'] });
  const others = [await s.connect(b, 'alice', { groups: ['g'] }), await s.connect(c, 'bob', { groups: ['g'] })];
  await a.accept({ group: 'g' }, 1);
  for (const client of [lost, ...others]) assert.equal((await client.next('notification')).data, 1);
  await a.kill();
  assert.equal((await lost.end()).code, 1006);
  for (const [n, node] of [b, c].entries()) {
    await node.accept({ group: 'g' }, n + 2);
    await node.accept({ user: 'alice' }, n + 2);
  }
  const back = await s.connect(b, 'alice', { groups: ['g'] });
  await c.accept({ group: 'g' }, 4);
  assert.deepEqual((await others[1].received(4, 'group:g')).map((n) => n.data), [1, 2, 3, 4]);
  assert.deepEqual((await others[0].received(2, 'user')).map((n) => n.data), [2, 3]);
  assert.equal((await back.next((f) => f.channel === 'group:g' && f.data === 4)).data, 4);
  for (const client of others) assert.equal(client.closed, null);
  for (const node of [b, c]) assert.equal((await node.get('/readyz')).status, 200);
  await a.again();
  const again = await s.connect(a, 'alice');
  await b.accept({ user: 'alice' }, 'all are back');
  assert.equal((await again.next('notification')).data, 'all are back');
});

for (const keep of [true, false]) {
  scenario(`a restart of Redis ${keep ? 'with' : 'without'} its data is said to clients, who stay and get what follows`, async (s) => {
    const redis = await s.redis({ keep });
    const nodes = await Promise.all(['a', 'b'].map((name) => s.herald({ name, redis })));
    const clients = await Promise.all(nodes.map((node) => s.connect(node, 'alice', { groups: ['g'] })));
    await nodes[0].accept({ user: 'alice' }, 'before');
    for (const client of clients) assert.equal((await client.next('notification')).data, 'before');

    await redis.stop();
    for (const node of nodes) {
      await until(async () => (await node.publish({ to: { user: 'alice' }, data: 'lost' })).status === 503, { within: 5000, what: '503' });
      const begin = Date.now();
      const answer = await node.publish({ to: { user: 'alice' }, data: 'lost' });
      assert.equal(answer.status, 503);
      assert.ok(Number(answer.headers['retry-after']) >= 1, 'Retry-After');
      assert.equal(answer.json.error.code, 'unavailable');
      assert.ok(Date.now() - begin < 3000 * patience, 'it says so at once');
      assert.equal((await node.get('/livez')).status, 200);
      assert.equal((await node.get('/readyz')).status, 200, 'a short absence does not take the node out');
    }
    const batch = await nodes[0].publish([{ to: { user: 'alice' }, data: 'lost' }, { data: 'lost' }]);
    assert.ok(batch.status === 503 || (batch.status === 202 && batch.json[0].error.code === 'unavailable'), batch.text);
    for (const client of clients) assert.equal((await client.ask({ type: 'ping' })).type, 'pong');

    await redis.again();
    for (const client of clients) {
      for (const channel of ['user', 'broadcast', 'group:g']) {
        await client.next((f) => f.type === 'subscribed' && f.channel === channel && f.live === true, 20_000);
      }
    }
    await publish_until_accepted(nodes[0], { to: { user: 'alice' }, data: 'after', id: 'after' });
    await Promise.all(nodes.map((node) => node.ready()));
    for (const client of clients) await client.next((f) => f.data === 'after', 20_000);
    await redis.publish('notification:group:g', '"and live"');
    await publish_until_accepted(nodes[1], { to: { broadcast: true }, data: 'and all', id: 'and-all' });
    for (const client of clients) {
      await client.next((f) => f.data === 'and live');
      await client.next((f) => f.data === 'and all');
      assert.equal(client.closed, null);
      assert.deepEqual(client.notifications('user').map((n) => n.data), ['before', 'after']);
    }
    await works(s, nodes[1], redis);
  });
}

scenario('a client that comes while Redis is away is served as soon as Redis is back', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis });
  const early = await s.connect(node, 'early');
  await redis.stop();
  await until(async () => (await node.publish({ to: { user: 'x' }, data: 1 })).status === 503, { what: '503' });
  const alice = await s.connect(node, 'alice', { groups: ['g'] });
  assert.equal(alice.welcome.channels.user.live, false);
  assert.equal(alice.welcome.channels['group:g'].live, false);
  const joined = await early.ask({ type: 'subscribe', group: 'h' });
  assert.equal(joined.live, false);
  await redis.again();
  for (const channel of ['user', 'broadcast', 'group:g']) {
    await alice.next((f) => f.type === 'subscribed' && f.channel === channel && f.live === true, 20_000);
  }
  await early.next((f) => f.type === 'subscribed' && f.channel === 'group:h' && f.live === true, 20_000);
  for (const [channel, data] of [['alice', 1], ['group:g', 2], ['broadcast', 3]]) {
    await redis.publish(`notification:${channel}`, `${data}`);
    assert.equal((await alice.next('notification')).data, data);
  }
  await redis.publish('notification:group:h', '4');
  await early.next((f) => f.data === 4);
});

scenario('a client that publishes while Redis is away is told so, and may try again', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--client-publish', 'all'] });
  const alice = await s.connect(node, 'alice');
  await redis.stop();
  const message = { type: 'publish', to: { user: 'alice' }, data: 'hello', id: 'hello' };
  const refusal = await alice.ask(message);
  assert.equal(refusal.type, 'error');
  assert.equal(refusal.code, 'unavailable');
  await redis.again();
  await alice.next((f) => f.type === 'subscribed' && f.channel === 'user' && f.live === true, 20_000);
  await until(async () => (await alice.ask(message)).type === 'published', { within: 20_000, every: 100, what: 'it is accepted' });
  await alice.next((f) => f.data === 'hello');
});

scenario('a node that starts without Redis waits for it', async (s) => {
  const redis = await s.redis();
  await redis.stop();
  const node = await s.herald({ redis, ready: false });
  assert.equal((await node.get('/livez')).status, 200);
  assert.equal((await node.get('/readyz')).status, 503);
  const complaints = () => node.log.split('\n').filter((line) => /"level":"(warn|error)"/.test(line) && line.includes(`${redis.port}`));
  await until(() => complaints().length > 0, { what: 'a log line that names the address' });
  const answer = await node.publish({ to: { user: 'alice' }, data: 1 });
  assert.equal(answer.status, 503);
  assert.ok(answer.headers['retry-after']);
  await sleep(3000);   // so many tries that a line for each would be seen
  assert.ok(complaints().length <= 3, `one clear line, not one for each try:\n${complaints().join('\n')}`);
  assert.ok(node.alive());
  await redis.again();
  await node.ready();
  await works(s, node, redis);
});

scenario('the password for Redis may come from a file, and a bad file is said at the start', async (s) => {
  const redis = await s.redis();
  await redis.command('ACL', 'SETUSER', 'me', 'on', '>s3cret', '~*', '&*', '+@all');
  await redis.command('ACL', 'SETUSER', 'default', 'off');
  const folder = await mkdtemp(join(tmpdir(), 'herald-password-'));
  s.at_end(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'password');
  const args = ['--redis', `redis://me@127.0.0.1:${redis.port}`, '--redis-password-file', file];
  for (const [text, why] of [[undefined, /can't be read/], ['', /is empty/], ['two\nlines\n', /one line/]]) {
    if (text !== undefined) await writeFile(file, text);
    const { code, stderr } = await run_herald(['--check-config', ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, why);
  }
  await writeFile(file, 's3cret\n');
  const node = await s.herald({ args });
  const alice = await s.connect(node, 'alice');
  await node.accept({ user: 'alice' }, 'hello');
  await alice.next('notification');
  assert.doesNotMatch(node.log, /s3cret/);
});

scenario('a Redis that refuses the password is said once, without the password, and tried again', async (s) => {
  const redis = await s.redis();
  await redis.command('CONFIG', 'SET', 'requirepass', 's3cret');
  const node = await s.herald({ redis: `redis://:wr0ng@127.0.0.1:${redis.port}`, ready: false });
  const complaints = () => node.log.split('\n').filter((line) => /"level":"(warn|error)"/.test(line));
  await until(() => complaints().some((line) => /WRONGPASS|password|AUTH/i.test(line)), { what: 'a line that says why' });
  assert.equal((await node.get('/readyz')).status, 503);
  assert.equal((await node.publish({ to: { user: 'alice' }, data: 1 })).status, 503);
  await redis.command('AUTH', 's3cret');
  await redis.command('CONFIG', 'SET', 'requirepass', 'wr0ng');
  await node.ready();
  await works(s, node, redis);
  assert.ok(complaints().length <= 3, `not a line for each try:\n${complaints().join('\n')}`);
  assert.doesNotMatch(node.log, /wr0ng|s3cret/);
});

scenario('a Redis that is connected but silent is noticed: a publish is answered, not left hanging', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis });
  const alice = await s.connect(node, 'alice');
  await works(s, node, redis);
  redis.freeze();
  const begin = Date.now();
  const body = { to: { user: 'alice' }, data: 'paid', id: 'order-17' };
  const answers = await Promise.all([node.publish(body), node.publish({ to: { group: 'g' }, data: 1 })]);
  for (const answer of answers) {
    assert.equal(answer.status, 503);
    assert.ok(answer.headers['retry-after']);
  }
  assert.ok(Date.now() - begin < 8000 * patience, `answered after ${Date.now() - begin} ms`);
  assert.equal((await node.get('/livez')).status, 200);
  assert.equal((await alice.ask({ type: 'ping' })).type, 'pong');
  redis.thaw();
  // What was answered with 503 may have been taken after all; with its id, asking again is safe.
  await publish_until_accepted(node, body);
  await publish_until_accepted(node, { to: { user: 'alice' }, data: 'last', id: 'last' });
  await alice.next((f) => f.data === 'last', 20_000);
  assert.deepEqual(alice.notifications('user').map((n) => n.data), ['paid', 'last']);
  await works(s, node, redis);
});

scenario('a subscription that Redis cuts is renewed, and nothing is lost or comes twice', async (s) => {
  const redis = await s.redis();
  const args = ['--log-max-entries', '100000'];   // more than can be published until a connection is back
  const [a, b] = [await s.herald({ redis, args }), await s.herald({ redis, args })];
  const alice = await s.connect(a, 'alice');
  let n = 0;
  const send = () => publish_until_accepted(b, { to: { user: 'alice' }, data: n, id: `n${n++}` });
  for (let round = 0; round < 5; ++round) {
    for (let i = 0; i < 20; ++i) await send();
    await alice.next((f) => f.data === n - 1);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const said = (live) => alice.next((f) => f.type === 'subscribed' && f.channel === 'user' && f.live === live, 10_000);
    await said(false);
    let back = false;
    const waiting = said(true).then(() => { back = true; });
    while (!back) await send();
    await waiting;
  }
  for (let i = 0; i < 20; ++i) await send();
  await alice.next((f) => f.data === n - 1);
  assert.deepEqual(alice.notifications('user').map((f) => f.data), Array.from({ length: n }, (_, i) => i));
  assert.ok(!alice.frames.some((f) => f.type === 'reset'));
});

scenario('what is accepted while a node is stopped by nothing but its own slowness arrives all the same', async (s) => {
  const redis = await s.redis();
  const [a, b] = [await s.herald({ redis, args: ['--shards', '1'] }), await s.herald({ redis })];
  const alice = await s.connect(a, 'alice', { groups: ['g'] });
  a.program.signal('SIGSTOP');
  for (let n = 0; n < 50; ++n) {
    await b.accept({ user: 'alice' }, n);
    await b.accept({ group: 'g' }, n);
  }
  await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');   // as Redis does with who lags too far behind
  await b.ready();
  for (let n = 50; n < 60; ++n) await publish_until_accepted(b, { to: { user: 'alice' }, data: n, id: `n${n}` });
  a.program.signal('SIGCONT');
  const numbers = (count) => Array.from({ length: count }, (_, n) => n);
  assert.deepEqual((await alice.received(60, 'user', 20_000)).map((f) => f.data), numbers(60));
  assert.deepEqual((await alice.received(50, 'group:g', 20_000)).map((f) => f.data), numbers(50));
});

scenario('a node that dies loses nothing that it had accepted, and no client misses it elsewhere', async (s) => {
  const redis = await s.redis();
  const [a, b] = await Promise.all(['a', 'b'].map((name) => s.herald({ name, redis })));
  const alice = await s.connect(a, 'alice');
  const accepted = [];
  for (let n = 0; n < 20; ++n) {
    await a.accept({ user: 'alice' }, n);
    accepted.push(n);
  }
  const racing = Array.from({ length: 30 }, (_, i) => a.publish({ to: { user: 'alice' }, data: 20 + i })
    .then((answer) => { if (answer.status === 202) accepted.push(20 + i); }, () => {}));
  await a.kill();
  await Promise.all(racing);
  await alice.end();
  const got = alice.notifications('user');
  const back = await s.connect(b, 'alice', { resume: { user: got.at(-1)?.cursor ?? alice.welcome.channels.user.cursor } });
  assert.equal(back.welcome.channels.user.recovered, true);
  await b.accept({ user: 'alice' }, 'last');
  await back.next((f) => f.data === 'last');
  const all = [...got, ...back.notifications('user')].map((f) => f.data);
  assert.equal(new Set(all).size, all.length, 'nothing twice');
  for (const n of accepted) assert.ok(all.includes(n), `${n} was accepted`);
});

scenario('a publish is accepted only once the replicas that are asked for have it', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--redis-wait-replicas', '1'] });
  const alice = await s.connect(node, 'alice');
  const body = { to: { user: 'alice' }, data: 'precious', id: 'order-1' };
  const refused = await node.publish(body);
  assert.equal(refused.status, 503);
  assert.match(refused.json.error.message, /0 of 1 replicas.*redis-wait-replicas/);
  const replica = await s.redis();
  await replica.command('REPLICAOF', '127.0.0.1', String(redis.port));
  await publish_until_accepted(node, body);
  await node.accept({ user: 'alice' }, 'next');
  await alice.next((f) => f.data === 'next');
  assert.deepEqual(alice.notifications('user').map((f) => f.data), ['precious', 'next'], 'once, whoever asked how often');
});

scenario('one id, published a hundred times at once through three nodes, is one message with a hundred equal receipts', async (s) => {
  const redis = await s.redis();
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => s.herald({ name, redis })));
  const clients = await Promise.all(nodes.map((node) => s.connect(node, 'alice')));
  const receipts = await Promise.all(Array.from({ length: 100 }, (_, n) => nodes[n % 3].accept({ user: 'alice' }, { n }, { id: 'once' })));
  for (const receipt of receipts) assert.deepEqual(receipt, receipts[0]);
  await nodes[0].accept({ user: 'alice' }, 'last');
  for (const client of clients) {
    await client.next((f) => f.data === 'last');
    assert.equal(client.notifications('user').length, 2);
    assert.equal(client.notifications('user')[0].cursor, receipts[0].cursor);
  }
});
