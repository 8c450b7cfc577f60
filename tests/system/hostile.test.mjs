// Clients and publishers that mean harm, or nothing at all: each costs only itself.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { patience, sanitized } from './support/binaries.mjs';
import { request } from './support/http.mjs';
import { closes_in, frame, messages_in } from './support/raw.mjs';
import { scenario, works } from './support/stage.mjs';
import { sleep, until } from './support/wait.mjs';

scenario('garbage on both ports disturbs nobody', async (s) => {
  const node = await s.herald({ args: ['--handshake-timeout', '500ms'] });
  const alice = await s.connect(node, 'alice');
  const upgrade = (more) => `GET /ws?user=x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`;
  const garbage = {
    'random bytes': randomBytes(4096), 'zeroes': Buffer.alloc(4096), 'HTTP/0.9': 'GET /\r\n', 'one newline': '\n',
    'a TLS hello': Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), randomBytes(192)]),
    'a header of 1 MB': `GET /ws?user=x HTTP/1.1\r\nX: ${'x'.repeat(1 << 20)}\r\n\r\n`,
    'a target of 1 MB': `GET /${'x'.repeat(1 << 20)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    '100,000 headers': `GET /ws?user=x HTTP/1.1\r\n${'a: b\r\n'.repeat(100_000)}\r\n`,
    'a lying length': 'POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}',
    'a negative length': 'POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}',
    'two lengths': 'POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}',
    'a broken chunk': 'POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}',
    'a bad escape': 'GET /ws?user=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'no key': upgrade('Sec-WebSocket-Version: 13\r\nConnection: close\r\n'),
    'an old version': upgrade('Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: close\r\n'),
    'another protocol': '*1\r\n$4\r\nPING\r\n', 'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'nothing at all': '' };
  await Promise.all(Object.entries(garbage).flatMap(([what, bytes]) => [node.public_port, node.admin_port].map(async (port) => {
    const raw = await s.raw(port);
    raw.send(bytes);
    const which = port === node.public_port ? 'public' : 'internal';
    await raw.ended(8000, `the connection with ${what} on the ${which} port is closed`);
    assert.ok(raw.status === undefined || raw.status >= 400, `${what} on the ${which} port: ${raw.text.slice(0, 60)}`);
  })));
  assert.ok(node.alive());
  assert.equal((await alice.ask({ type: 'ping' })).type, 'pong');
  await works(s, node);
});

scenario('slow and half-open handshakes are closed in time and leave nothing behind', async (s) => {
  const node = await s.herald({ args: ['--handshake-timeout', '1s'] });
  await works(s, node);
  const open_files = () => readdirSync(`/proc/${node.pid}/fd`).length;
  const before = open_files();
  const text = `GET /ws?user=slow HTTP/1.1\r\nHost: x\r\nX-Slow: ${'x'.repeat(2000)}\r\n`;
  // The internal port cuts such a request off without a word.
  await Promise.all([[node.public_port, 408], [node.admin_port, undefined]].map(async ([port, status]) => {
    const limit = 1000;
    const begin = Date.now();
    const slow = await s.raw(port);
    let at = 0;
    const drip = setInterval(() => slow.send(text[at++]), 50);
    s.at_end(() => clearInterval(drip));
    const silent = await Promise.all(Array.from({ length: 100 }, () => s.raw(port)));
    const half = await Promise.all(Array.from({ length: 100 }, () => s.raw(port)));
    for (const raw of half) raw.send(text.slice(0, 40));
    await works(s, node);
    await slow.ended(limit + 4000, 'a request that drips in is cut off');
    assert.ok(Date.now() - begin >= limit * 0.9, 'not before its time');
    assert.equal(slow.status, status, slow.text);
    await Promise.all([...silent, ...half].map((raw) => raw.ended(limit + 4000, 'a silent connection is closed')));
  }));
  for (let n = 0; n < 200; ++n) (await s.raw(node.public_port)).destroy();
  const cut = await Promise.all(Array.from({ length: 100 }, (_, n) => s.raw_websocket(node, `cut${n}`)));
  await node.metric_is('websocket_connections', 100);
  for (const raw of cut) raw.socket.resetAndDestroy();
  await node.metric_is('websocket_connections', 0);
  await until(() => open_files() <= before + 4, { what: `open files are back at ${before}` });
});

scenario('JSON nested without end is refused everywhere and disturbs nobody', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--message-max-bytes', '256KiB'] });
  const alice = await s.connect(node, 'alice');
  const open = '['.repeat(100_000);
  const closed = '['.repeat(50_000) + ']'.repeat(50_000);
  const objects = '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000);
  for (const nested of [open, closed, objects]) {
    for (const body of [nested, `{"to":{"user":"alice"},"data":${nested}}`, `{"to":${nested},"data":1}`, `[${nested}]`]) {
      const { status, json } = await node.publish(body);
      if (body.startsWith('[[')) assert.ok(status === 400 || (status === 202 && json[0].error), `${status}`);
      else assert.equal(status, 400);
    }
    const client = await s.connect(node, 'mallory');
    client.send(nested);
    assert.match((await client.next('error')).code, /^(too_deep|bad_json)$/);
    client.send(`{"type":"publish","to":{"user":"alice"},"data":${nested}}`);
    assert.match((await client.next('error')).code, /^(too_deep|bad_json|not_allowed)$/);
    assert.equal((await client.ask({ type: 'ping' })).type, 'pong');
    await redis.publish('notification:alice', nested);
  }
  await redis.publish('notification:alice', '"after"');
  await alice.next((f) => f.data === 'after');
  assert.equal(alice.notifications().length, 1, 'nothing that deep is delivered');
  for (const [levels, status] of [[120, 202], [129, 400]]) {
    const { status: got } = await node.publish(`{"to":{"user":"alice"},"data":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    assert.equal(got, status, `${levels} levels`);
  }
  await works(s, node, redis);
});

scenario('what is not JSON is dropped and counted when it comes by PUBLISH', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis });
  const alice = await s.connect(node, 'alice');
  const dropped = async () => await node.metric('herald_dropped_total', { reason: 'bad_json' }) ?? 0;
  const before = await dropped();
  const bad = ['', 'hello', '{', '{"a":1,}', '{"a":1} x', "{'a':1}", 'NaN', '1e400', 'undefined', Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    Buffer.from([0, 1, 2, 3]), '\u0000', '{"a":\u0001"x"}', '01', '"\t"'];
  for (const text of bad) await redis.publish('notification:alice', text);
  await redis.publish('notification:alice', '"good"');
  assert.equal((await alice.next('notification')).data, 'good');
  await until(async () => (await dropped()) - before === bad.length, { what: `${bad.length} dropped` })
    .catch(async (e) => assert.fail(`${e.message}; counted ${(await dropped()) - before}`));
  for (let n = 0; n < 1000; ++n) await redis.publish('notification:alice', 'not json');
  await redis.publish('notification:alice', '"still good"');
  await alice.next((f) => f.data === 'still good');
  await until(async () => (await dropped()) - before === bad.length + 1000, { what: 'a thousand more' });
  const lines = node.log.split('\n').length;
  assert.ok(lines < 200, `the log is not flooded: ${lines} lines`);
  assert.deepEqual(alice.notifications().map((n) => n.data), ['good', 'still good']);
});

scenario('a client that never reads costs only itself, while 50 MB are due to it', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--shards', '1'] });
  const text = 'x'.repeat(64_000);
  const fast = await s.connect(node, 'fast', { groups: ['g'] });
  await s.raw_websocket(node, 'stuck', { read: false, groups: 'g' });
  await node.metric_is('websocket_connections', 2);
  const send = async (count) => {
    const answer = await node.publish(Array.from({ length: count }, () => ({ to: { group: 'g' }, data: { n: sent++, text } })));
    assert.equal(answer.status, 202);
    await fast.received(sent, 'group:g');
  };
  let sent = 0;
  const batch = 10;   // 640 KB: within the outbox of a client that reads
  await send(batch);
  await send(batch);   // the allocator and the sockets have what they want
  const before = node.rss();
  let most = before;
  while (sent < 820) {
    await send(batch);
    most = Math.max(most, node.rss());
  }
  const grown = (most - before) / (1 << 20);
  assert.deepEqual(fast.notifications('group:g').map((n) => n.data.n), Array.from({ length: 820 }, (_, n) => n));
  assert.ok(fast.notifications('group:g').every((n) => n.data.text === text));
  if (!sanitized) assert.ok(grown < 24, `memory grew by ${grown.toFixed(1)} MiB`);
  assert.equal((await fast.ask({ type: 'ping' })).type, 'pong');
  await works(s, node, redis);
}, { timeout: 180_000 });

scenario('a client that reads too late gets everything that was kept, in order, at its own pace', async (s) => {
  const node = await s.herald();
  const late = await s.raw_websocket(node, 'late');
  late.socket.pause();
  const text = 'x'.repeat(200_000);
  for (let n = 0; n < 80; ++n) await node.accept({ user: 'late' }, { n, text }, { durable: n % 2 === 0 });
  const got = () => messages_in(late.received).slice(1).map((m) => m.data.n);
  late.socket.resume();
  await until(() => got().at(-1) === 78 && got().length >= 40, { within: 20_000, every: 200, what: 'everything that was kept' });
  assert.deepEqual(got().filter((n) => n % 2 === 0), Array.from({ length: 40 }, (_, n) => 2 * n), 'what was kept: once, in order');
  assert.ok(got().length < 80, 'what was live only is dropped when there is no room');
  assert.equal(await node.metric('herald_dropped_total', { reason: 'slow' }), 80 - got().length);
  await node.accept({ user: 'late' }, { n: 80, text });
  await until(() => got().at(-1) === 80, { within: 20_000, every: 100, what: 'it is live again' });
  assert.equal(await node.metric('websocket_connections'), 1);
});

scenario('a client that is behind and takes nothing at all hears why it is let go', async (s) => {
  const node = await s.herald({ args: ['--slow-client-timeout', '1s'] });
  const stuck = await s.raw_websocket(node, 'stuck');
  stuck.socket.pause();
  const text = 'x'.repeat(200_000);
  for (let n = 0; n < 80; ++n) await node.accept({ user: 'stuck' }, { n, text });
  await sleep(1500);   // longer than its patience, and shorter than a closing connection is kept for its goodbye
  stuck.socket.resume();
  await stuck.ended(10_000, 'the session ends');
  const [close] = closes_in(stuck.received);
  assert.deepEqual(close, { code: 1013, reason: 'slow' });
  const messages = messages_in(stuck.received);
  const bye = messages.pop();
  assert.deepEqual([bye.type, bye.reason], ['bye', 'slow']);
  assert.ok(Number.isInteger(bye.reconnect_ms) && bye.reconnect_ms >= 0, JSON.stringify(bye));
  const got = messages.slice(1).map((m) => m.data.n);
  assert.deepEqual(got, Array.from(got, (_, n) => n), 'the first ones, without a gap');
  // It comes back with its cursor, and nothing is lost.
  const back = await s.connect(node, 'stuck', { resume: { user: messages.at(-1).cursor } });
  const rest = await back.received(80 - got.length, 'user');
  assert.deepEqual(rest.map((m) => m.data.n), Array.from({ length: 80 - got.length }, (_, n) => got.length + n));
});

scenario('a client that floods with requests costs only itself', async (s) => {
  const node = await s.herald({ args: ['--shards', '1'] });
  const flood = await s.raw_websocket(node, 'flood');
  const ping = frame('{"type":"ping"}');
  const many = Buffer.concat(Array.from({ length: 20_000 }, () => ping));
  flood.socket.pause();   // and it does not read the answers
  const before = node.rss();
  flood.send(many);
  const alice = await s.connect(node, 'alice');
  for (let n = 0; n < 50; ++n) {
    const begin = Date.now();
    assert.equal((await alice.ask({ type: 'ping' })).type, 'pong');
    assert.ok(Date.now() - begin < 2000 * patience, 'others are served meanwhile');
  }
  if (!sanitized) assert.ok(node.rss() - before < 24 << 20, 'memory stays');
});

scenario('many clients that come and go at once leave a node as it was', async (s) => {
  const node = await s.herald({ args: ['--user-linger', '100ms'] });
  for (let round = 0; round < 5; ++round) {
    const clients = await Promise.all(Array.from({ length: 150 }, (_, n) => s.connect(node, `u${n % 50}`, { groups: [`g${n % 7}`] })));
    const answers = await Promise.all([node.accept({ broadcast: true }, round), node.accept({ group: 'g3' }, round)]);
    assert.equal(answers.length, 2);
    await Promise.all(clients.map((client) => client.received(1, 'broadcast')));
    for (const [n, client] of clients.entries()) {
      if (n % 2) client.cut();
      else client.socket.close(1000);
    }
    await node.metric_is('websocket_connections', 0);
  }
  await until(async () => {
    const { user_router = 0, session = 0 } = await node.actors();
    return user_router === 0 && session === 0;
  }, { what: 'no routers and sessions left' });
  assert.equal((await request(node.admin_port, '/livez')).status, 200);
  await works(s, node);
});
