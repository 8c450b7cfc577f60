// Starting, being set up, and stopping: what an operator sees.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { patience } from './support/binaries.mjs';
import { run_herald } from './support/herald.mjs';
import { free_port } from './support/processes.mjs';
import { closes_in } from './support/raw.mjs';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

const lines_of = (text) => text.split('\n').filter((line) => line.trim());

/// Holds a port of 127.0.0.1 until the test ends.
async function taken_port(s) {
  const port = await free_port();
  const server = createServer();
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  s.at_end(() => new Promise((done) => server.close(done)));
  return port;
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  for (const backplane of ['memory', 'redis']) {
    scenario(`${signal} says bye to every client and ends with 0 (${backplane})`, async (s) => {
      const redis = backplane === 'redis' ? await s.redis() : undefined;
      const node = await s.herald({ redis, args: ['--drain-window', '2s'] });
      const clients = await Promise.all(Array.from({ length: 20 }, (_, n) => s.connect(node, `u${n}`, { groups: ['g'] })));
      await node.accept({ broadcast: true }, 'last words');
      const { code, ms } = await node.stop({ signal });
      assert.equal(code, 0);
      assert.ok(ms < 8000 * patience, `within seconds: ${ms} ms`);
      for (const client of clients) {
        const closed = await client.end();
        assert.ok([1012, 1001].includes(closed.code), JSON.stringify(closed));
        assert.equal(closed.reason, closed.code === 1012 ? 'drain' : 'shutdown');
        const bye = client.frames.at(-1);
        assert.equal(bye.type, 'bye');
        assert.equal(bye.reason, 'drain');
        assert.ok(Number.isInteger(bye.reconnect_ms) && bye.reconnect_ms >= 0, JSON.stringify(bye));
        assert.deepEqual(client.notifications().map((n) => n.data), ['last words']);
      }
      const waits = new Set(clients.map((client) => client.frames.at(-1).reconnect_ms));
      assert.ok(waits.size > 5, `they are not all told to come back at the same time: ${[...waits]}`);
    });
  }
}

scenario('a node without clients stops at once, with the default drain window', async (s) => {
  const node = await s.herald({ args: ['--drain-window', '40s'] });
  const { code, ms } = await node.stop();
  assert.equal(code, 0);
  assert.ok(ms < 10_000 * patience, `${ms} ms`);
});

scenario('a node that waits for Redis, or has lost it, can be stopped', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis });
  const alice = await s.connect(node, 'alice');
  await redis.stop();
  const waiting = await s.herald({ redis, ready: false });
  for (const one of [node, waiting]) {
    const { code, ms } = await one.stop();
    assert.equal(code, 0);
    assert.ok(ms < 8000 * patience, `${ms} ms`);
  }
  await alice.next('bye');
});

scenario('a client that does not read can not hold up a stop', async (s) => {
  const node = await s.herald({ args: ['--drain-window', '2s'] });
  await s.raw_websocket(node, 'stuck', { read: false });
  await node.metric_is('websocket_connections', 1);
  const text = 'x'.repeat(200_000);
  for (let n = 0; n < 60; ++n) await node.accept({ user: 'stuck' }, text, { durable: false });
  const { code, ms } = await node.stop();
  assert.equal(code, 0);
  assert.ok(ms < 10_000 * patience, `${ms} ms`);
});

scenario('a port in use ends the start with 1 and one line that names it', async (s) => {
  const port = await taken_port(s);
  for (const flag of ['--listen', '--admin-listen']) {
    const other = flag === '--listen' ? '--admin-listen' : '--listen';
    const { code, stderr, output } = await run_herald([flag, `127.0.0.1:${port}`, other, `127.0.0.1:${await free_port()}`]);
    assert.equal(code, 1, output);
    const naming = lines_of(stderr).filter((line) => line.includes(`${port}`));
    assert.equal(naming.length, 1, `one line names the port:\n${output}`);
    assert.match(naming[0], /in use/i);
    assert.doesNotMatch(output, /listening/);
  }
});

scenario('every line of a JSON log parses, and says when, how bad and what', async (s) => {
  const redis = await s.redis();
  const url = `redis://default:s3cret@127.0.0.1:${redis.port}`;
  await redis.command('CONFIG', 'SET', 'requirepass', 's3cret');
  const node = await s.herald({ redis: url, args: ['--log-format', 'json', '--log-level', 'debug'] });
  const alice = await s.connect(node, 'alice', { device: 'phone' });
  await node.accept({ user: 'alice' }, 'hello');
  await alice.next('notification');
  await redis.command('AUTH', 's3cret').catch(() => {});
  await redis.publish('notification:alice', 'not json "\n{"level":"forged"}');
  alice.send('{bad "json\n');
  await alice.next('error');
  const garbage = await s.raw(node.public_port);
  garbage.send('GET /\u0001\n"forged" HTTP/1.1\r\n\r\n');
  await garbage.ended();
  await node.publish('{"to":{"user":"a\\nb"},"data":1}');
  await redis.stop();
  await until(async () => (await node.publish({ to: { user: 'alice' }, data: 1 })).status === 503, { what: '503' });
  await node.stop();
  const lines = lines_of(node.log);
  assert.ok(lines.length >= 2);
  for (const line of lines) {
    const { time, level, event } = JSON.parse(line);
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/, line);
    assert.match(level, /^(debug|info|warn|error)$/, line);
    assert.match(event, /^\S+$/, line);
  }
  const listening = lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'listening');
  const said = JSON.stringify(listening);
  assert.ok(said.includes(`127.0.0.1:${node.public_port}`) && said.includes(`127.0.0.1:${node.admin_port}`), said);
  assert.doesNotMatch(node.log, /s3cret/, 'no password in the log');
});

scenario('the log is text unless asked otherwise', async (s) => {
  const node = await s.herald({ args: ['--log-format', 'text'] });
  const ready = node.lines('listening');
  assert.equal(ready.length, 1);
  assert.match(ready[0], /^\d{4}-\d\d-\d\dT\S+Z INFO\s+listening /);
  assert.ok(ready[0].includes(`${node.public_port}`) && ready[0].includes(`${node.admin_port}`));
});

scenario('a silent client is pinged, one that is gone is let go', async (s) => {
  const node = await s.herald({ args: ['--ping-interval', '300ms'] });
  const alice = await s.connect(node, 'alice');
  assert.equal(alice.welcome.ping_ms, 300);
  let pings = 0;
  alice.socket.on('ping', () => ++pings);
  const gone = await s.raw_websocket(node, 'gone');   // answers no ping
  await node.metric_is('websocket_connections', 2);
  await gone.ended(5000, 'a client that answers no ping is let go');
  assert.deepEqual(closes_in(gone.received), [{ code: 1001, reason: 'silent' }], 'and told why');
  await until(() => pings >= 3, { what: 'three pings' });
  await node.metric_is('websocket_connections', 1);
  assert.equal((await alice.ask({ type: 'ping' })).type, 'pong');
});
