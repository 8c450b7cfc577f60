// Who comes in, how often, and how much one of them may send. Each limit is said to whom it stops, and counted.

import assert from 'node:assert/strict';
import { connect as tls_connect } from 'node:tls';
import { patience, sanitized } from './support/binaries.mjs';
import { Authority } from './support/certificates.mjs';
import { refused } from './support/client.mjs';
import { run_herald } from './support/herald.mjs';
import { closes_in, frame, messages_in, raw_websocket, upgrade_request } from './support/raw.mjs';
import { scenario, works } from './support/stage.mjs';
import { sleep, until } from './support/wait.mjs';

const limited = (node, limit) => node.metric('herald_limited_total', { limit });

/// What somebody was told who came up against a limit.
async function stopped(connecting, status, setting) {
  const told = await refused(connecting);
  assert.equal(told.status, status, told.text);
  assert.ok(Number(told.headers['retry-after']) >= 1, 'Retry-After');
  assert.ok(told.json.error.message.includes(setting), told.text);
  return told;
}

scenario('a user has so many sessions and no more, and keeps those there are', async (s) => {
  const node = await s.herald({ args: ['--max-connections-per-user', '2'] });
  const clients = [await s.connect(node, 'alice'), await s.connect(node, 'alice')];
  const told = await stopped(s.connect(node, 'alice'), 429, 'max-connections-per-user');
  assert.equal(told.json.error.code, 'too_many_connections');
  await s.connect(node, 'bob');
  for (const client of clients) assert.equal((await client.ask({ type: 'ping' })).type, 'pong');
  assert.equal(await limited(node, 'connections_per_user'), 1);
  await clients[0].close();
  await until(() => s.connect(node, 'alice'), { what: 'a place is free again' });
});

scenario('an address has so many connections and no more, silent ones included', async (s) => {
  const node = await s.herald({ args: ['--max-connections-per-address', '2'] });
  const [silent] = [await s.raw(node.public_port), await s.connect(node, 'alice')];
  await stopped(s.connect(node, 'bob'), 429, 'max-connections-per-address');
  await s.connect(node, 'carol', { from: '127.0.0.2' });
  assert.equal(await limited(node, 'connections_per_address'), 1);
  silent.destroy();
  await until(() => s.connect(node, 'bob'), { what: 'a place is free again' });
});

scenario('so many connections a second, of all and of each address, and then a word when to come again', async (s) => {
  const all = await s.herald({ args: ['--connect-rate', '1', '--connect-burst', '3'] });
  for (let n = 0; n < 3; ++n) await s.connect(all, `u${n}`);
  await stopped(s.connect(all, 'late'), 503, 'connect-rate');
  await until(() => s.connect(all, 'late'), { every: 300, what: 'it gets in a little later' });
  assert.ok(await limited(all, 'connect_rate') >= 1);

  const each = await s.herald({ args: ['--connect-rate-per-address', '1', '--connect-burst-per-address', '2'] });
  for (let n = 0; n < 2; ++n) await s.connect(each, `u${n}`);
  await stopped(s.connect(each, 'late'), 429, 'connect-rate-per-address');
  await s.connect(each, 'neighbour', { from: '127.0.0.2' });
  await until(() => s.connect(each, 'late'), { every: 300, what: 'it gets in a little later' });
  assert.ok(await limited(each, 'connect_rate_per_address') >= 1);
});

scenario('connections that say nothing are cut, the oldest first, and keep nobody out', async (s) => {
  const node = await s.herald({ args: ['--max-unfinished-handshakes', '64', '--max-connections', '20'] });
  await works(s, node);
  const before = node.rss();
  const silent = [];
  for (let n = 0; n < 1500; ++n) {
    silent.push(await s.raw(node.public_port));
    if (n % 3 === 0) silent.at(-1).send('GET /ws?user=slow HTTP/1.1\r\nHost: x\r\nX-');
    if (n % 300 === 0) await works(s, node);
  }
  await until(() => silent.filter((raw) => raw.over).length >= 1500 - 64 - 8, { what: 'the oldest are cut' });
  assert.ok(silent.slice(0, 1000).every((raw) => raw.over), 'and no newer one before them');
  assert.ok(await node.metric('herald_handshakes_unfinished') <= 64 + 8);
  assert.ok(await limited(node, 'unfinished_handshakes') >= 1400);
  assert.equal((await node.get('/readyz')).status, 200, 'they do not fill the node');
  for (let n = 0; n < 20; ++n) await s.connect(node, `u${n}`);
  await stopped(s.connect(node, 'one-too-many'), 503, 'max-connections');
  assert.equal(await limited(node, 'connections'), 1);
  if (!sanitized) assert.ok(node.rss() - before < 16 << 20, `memory grew by ${(node.rss() - before) >> 10} KiB`);
});

scenario('connections of the internal port that say nothing keep no probe and no publisher waiting', async (s) => {
  const node = await s.herald();
  await node.accept({ user: 'alice' }, 'over a connection that stays open');
  const silent = [];
  let slowest = 0;
  for (let n = 0; n < 1000; ++n) {
    silent.push(await s.raw(node.admin_port));
    if (n % 3 === 1) silent.at(-1).send('POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nX-');
    if (n % 3 === 2) silent.at(-1).send('POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"to":');
    if (n % 100 !== 99) continue;
    const begin = Date.now();
    for (const path of ['/livez', '/readyz']) assert.equal((await node.get(path, { agent: false })).status, 200, path);
    slowest = Math.max(slowest, Date.now() - begin);
  }
  assert.ok(slowest < 500 * patience, `two probes took ${slowest} ms`);
  await until(() => silent.filter((raw) => raw.over).length >= 1000 - 256, { what: 'the oldest are cut' });
  assert.ok(silent.slice(0, 700).every((raw) => raw.over), 'and no newer one before them');
  assert.ok(silent.slice(-200).every((raw) => !raw.over), 'and no more than there is no room for');
  assert.ok(await limited(node, 'admin_connections') >= 1000 - 256);
  assert.ok(node.lines('admin_connection_cut').length > 0);
  assert.ok(node.lines('admin_connection_cut').every((line) => line.includes('"served_before":false')), 'a publisher\'s connection is kept');
  await node.accept({ user: 'alice' }, 'and again');
});

scenario('a request with more headers than it may have is refused', async (s) => {
  const node = await s.herald({ args: ['--handshake-max-headers', '10'] });
  const many = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`x-${n}`, 'y']));
  const told = await refused(s.connect(node, 'alice', { headers: many }));
  assert.equal(told.status, 431);
  assert.match(told.json.error.message, /handshake-max-headers/);
  assert.equal(await limited(node, 'headers'), 1);
  await s.connect(node, 'alice');
});

scenario('only web pages of allowed origins connect', async (s) => {
  const node = await s.herald();
  const origin = (text) => ({ headers: { origin: text } });
  const told = await refused(s.connect(node, 'alice', origin('https://evil.example')));
  assert.equal(told.status, 403);
  assert.equal(told.json.error.field, 'Origin');
  assert.match(told.json.error.message, /allowed-origins/);
  assert.equal((await refused(s.connect(node, 'alice', origin('null')))).status, 403);
  for (const good of ['http://127.0.0.1:9084', 'http://localhost:3000', 'http://[::1]']) await s.connect(node, 'alice', origin(good));
  assert.equal(await limited(node, 'origin'), 2);

  const listed = await s.herald({ args: ['--allowed-origins', 'https://app.example.com,https://*.example.org'] });
  await s.connect(listed, 'alice', origin('https://app.example.com'));
  await s.connect(listed, 'alice', origin('https://a.b.example.org'));
  await s.connect(listed, 'alice');
  for (const bad of ['http://127.0.0.1:9084', 'http://app.example.com', 'https://app.example.com.evil.example']) {
    assert.equal((await refused(s.connect(listed, 'alice', origin(bad)))).status, 403, bad);
  }
});

scenario('behind a trusted proxy X-Forwarded-For says whose connection it is; from others it is ignored', async (s) => {
  const node = await s.herald({ args: ['--trusted-proxies', '127.0.0.1,10.0.0.0/8', '--max-connections-per-address', '1'] });
  const via = (text) => ({ headers: { 'x-forwarded-for': text } });
  await s.connect(node, 'a', via('203.0.113.1'));
  await s.connect(node, 'b', via('203.0.113.2'));
  await s.connect(node, 'c', via('203.0.113.1, 203.0.113.3, 10.0.0.7'));
  for (const again of ['203.0.113.1', '198.51.100.1, 203.0.113.2', '203.0.113.3:4711', '::ffff:203.0.113.1, 10.1.1.1']) {
    await stopped(s.connect(node, 'd', via(again)), 429, 'max-connections-per-address');
  }
  await until(() => node.lines('handshake_refused').some((line) => line.includes('"203.0.113.1"')), { what: 'the client\'s address is in the log' });
  // Not a trusted proxy: it has the address that it has, whatever it says.
  await s.connect(node, 'e', { ...via('203.0.113.8'), from: '127.0.0.2' });
  await stopped(s.connect(node, 'f', { ...via('203.0.113.9'), from: '127.0.0.2' }), 429, 'max-connections-per-address');
});

for (const version of ['send-proxy', 'send-proxy-v2']) {
  scenario(`behind a balancer with ${version} each client has its own address`, async (s) => {
    const node = await s.herald({ args: ['--proxy-protocol', 'on', '--trusted-proxies', '127.0.0.1', '--max-connections-per-address', '1'] });
    const proxy = await s.haproxy([node], { extra: version });
    const alice = await s.connect(proxy, 'alice', { from: '127.0.0.2' });
    await s.connect(proxy, 'bob', { from: '127.0.0.3' });
    await stopped(s.connect(proxy, 'carol', { from: '127.0.0.2' }), 429, 'max-connections-per-address');
    await node.accept({ user: 'alice' }, 'hello');
    assert.equal((await alice.next('notification')).data, 'hello');
  });
}

scenario('behind a balancer with X-Forwarded-For each client has its own address', async (s) => {
  const node = await s.herald({ args: ['--trusted-proxies', '127.0.0.1', '--max-connections-per-address', '1'] });
  const proxy = await s.haproxy([node], { frontend: 'option forwardfor' });
  await s.connect(proxy, 'alice', { from: '127.0.0.2' });
  await s.connect(proxy, 'bob', { from: '127.0.0.3', headers: { 'x-forwarded-for': '127.0.0.2' } });
  await stopped(s.connect(proxy, 'carol', { from: '127.0.0.2', headers: { 'x-forwarded-for': '203.0.113.1' } }), 429, 'max-connections-per-address');
});

scenario('where a PROXY header is expected, nobody comes in without one, nor with one that is forged', async (s) => {
  const node = await s.herald({ args: ['--proxy-protocol', 'on', '--trusted-proxies', '127.0.0.1', '--handshake-timeout', '500ms'] });
  const v2_local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
  const good = { 'version 1': 'PROXY TCP4 203.0.113.1 127.0.0.1 4711 8084\r\n', 'unknown': 'PROXY UNKNOWN\r\n', 'version 2, local': v2_local };
  for (const [what, header] of Object.entries(good)) {
    const raw = await s.raw(node.public_port);
    raw.send(Buffer.concat([Buffer.from(header), Buffer.from(upgrade_request('alice'))]));
    await until(() => raw.text.includes('"welcome"'), { what: `a welcome after ${what}` });
  }
  const drip = await s.raw(node.public_port);
  for (const letter of good['version 1']) drip.send(letter);
  drip.send(upgrade_request('alice'));
  await until(() => drip.text.includes('"welcome"'), { what: 'a welcome after a header that drips in' });
  const bad = { 'no header': upgrade_request('alice'), 'a broken one': 'PROXY TCP4 203.0.113.1\r\n', 'half of one': 'PROXY TC', nothing: '',
    'a line without end': `PROXY TCP4 ${'1'.repeat(500)}`, 'a TLS hello': Buffer.from('160301', 'hex') };
  await Promise.all(Object.entries(bad).map(async ([what, bytes]) => {
    const raw = await s.raw(node.public_port);
    raw.send(bytes);
    await raw.ended(5000, `the connection with ${what} is closed`);
    assert.equal(raw.text, '', what);
  }));
  assert.equal(await limited(node, 'proxy_header'), Object.keys(bad).length);

  const strict = await s.herald({ args: ['--proxy-protocol', 'on', '--trusted-proxies', '10.0.0.0/8'] });
  const forged = await s.raw(strict.public_port);
  forged.send(good['version 1'] + upgrade_request('alice'));
  await forged.ended(5000, 'a header from somebody who is not trusted');
  assert.equal(await limited(strict, 'proxy_header'), 1);
  const { code, stderr } = await run_herald(['--check-config', '--proxy-protocol', 'on']);
  assert.equal(code, 2);
  assert.match(stderr, /trusted-proxies/);
});

scenario('a PROXY header comes before TLS, and who is refused early costs no TLS handshake', async (s) => {
  const authority = await Authority.start(s);
  const { cert, key } = await authority.sign('node');
  const node = await s.herald({ tls: { ca: authority.ca }, args: ['--tls-cert', cert, '--tls-key', key, '--proxy-protocol', 'on',
    '--trusted-proxies', '127.0.0.1', '--max-connections-per-address', '1'] });
  const over_tls = async (address) => {
    const raw = await s.raw(node.public_port, { read: false });
    raw.send(`PROXY TCP4 ${address} 127.0.0.1 4711 8084\r\n`);
    const secure = tls_connect({ socket: raw.socket, ca: authority.ca, host: '127.0.0.1' });
    s.at_end(() => secure.destroy());
    const got = { text: '', over: false };
    secure.on('data', (bytes) => { got.text += bytes.toString('latin1'); }).on('close', () => { got.over = true; }).on('error', () => { got.over = true; });
    secure.write(upgrade_request('alice'));
    await until(() => got.over || got.text.includes('"welcome"'), { what: 'a welcome, or an end' });
    return got;
  };
  assert.ok((await over_tls('203.0.113.1')).text.includes('"welcome"'));
  assert.ok((await over_tls('203.0.113.2')).text.includes('"welcome"'));
  const handshakes = await node.metric('herald_tls_handshakes_total');
  assert.equal((await over_tls('203.0.113.1')).text, '', 'closed without a word');
  assert.equal(await node.metric('herald_tls_handshakes_total'), handshakes);
  assert.equal(await limited(node, 'connections_per_address'), 1);
});

scenario('a client that sends faster than it may is read more slowly, and loses nothing', async (s) => {
  const node = await s.herald({ args: ['--client-message-rate', '50', '--client-message-burst', '10'] });
  const alice = await s.connect(node, 'alice');
  const bob = await s.connect(node, 'bob');
  const begin = Date.now();
  for (let n = 0; n < 60; ++n) alice.send({ type: 'ping', ref: n });
  const begin_bob = Date.now();
  assert.equal((await bob.ask({ type: 'ping' })).type, 'pong');
  const bob_ms = Date.now() - begin_bob;
  await until(() => alice.frames.filter((f) => f.type === 'pong').length === 60, { what: 'all sixty are answered' });
  assert.ok(Date.now() - begin >= 900, `fifty beyond the burst take a second: ${Date.now() - begin} ms`);
  assert.ok(bob_ms < 1000 * patience, 'others are not held up');
  assert.deepEqual(alice.frames.filter((f) => f.type === 'pong').map((f) => f.ref), Array.from({ length: 60 }, (_, n) => n));
  assert.ok(await limited(node, 'message_rate') >= 40);
  assert.equal(await limited(node, 'message_rate_abuse'), 0);
});

scenario('a client that goes on sending more than it may is told so, and then closed with 1008', async (s) => {
  const node = await s.herald({ args: ['--client-message-rate', '20', '--client-message-burst', '5', '--client-rate-patience', '300ms'] });
  const flood = await s.raw_websocket(node, 'flood');
  const bob = await s.connect(node, 'bob');
  flood.send(Buffer.concat(Array.from({ length: 2000 }, () => frame('{"type":"ping"}'))));
  await until(() => closes_in(flood.received).length, { within: 10_000, what: 'the session ends' });
  assert.deepEqual(closes_in(flood.received), [{ code: 1008, reason: 'abuse' }]);
  const errors = messages_in(flood.received).filter((m) => m.type === 'error');
  assert.deepEqual(errors.map((e) => e.code), ['rate_limited', 'rate_limited']);
  assert.match(errors[0].message, /client-message-rate/);
  assert.equal((await bob.ask({ type: 'ping' })).type, 'pong');
  assert.equal(await limited(node, 'message_rate_abuse'), 1);
});

scenario('a client that floods with WebSocket pings is closed with 1008', async (s) => {
  const node = await s.herald({ args: ['--client-message-rate', '20', '--client-message-burst', '50'] });
  const flood = await s.raw_websocket(node, 'flood');
  flood.send(Buffer.concat(Array.from({ length: 20 }, () => frame('x', { opcode: 9 }))));
  await sleep(50);
  assert.ok(!flood.over, 'a few are fine');
  flood.send(Buffer.concat(Array.from({ length: 400 }, () => frame('x', { opcode: 9 }))));
  await until(() => closes_in(flood.received).length, { within: 10_000, what: 'the session ends' });
  assert.deepEqual(closes_in(flood.received), [{ code: 1008, reason: 'abuse' }]);
});

scenario('bytes count as well: large messages are read no faster than the rate', async (s) => {
  const node = await s.herald({ args: ['--client-byte-rate', '64KiB', '--client-byte-burst', '64KiB', '--client-message-rate', '0'] });
  const alice = await s.connect(node, 'alice');
  const begin = Date.now();
  for (let n = 0; n < 2; ++n) alice.send(`{"type":"ping","ref":${n},"x":"${'x'.repeat(60_000)}"}`);
  await until(() => alice.frames.filter((f) => f.type === 'pong').length === 2, { what: 'both are answered' });
  assert.ok(Date.now() - begin >= 700, `the second one takes most of a second: ${Date.now() - begin} ms`);
});

scenario('groups beyond the limit are counted, at connecting and later', async (s) => {
  const node = await s.herald({ args: ['--max-groups-per-session', '1'] });
  assert.equal((await refused(s.connect(node, 'alice', { groups: ['a', 'b'] }))).json.error.code, 'too_many_groups');
  const alice = await s.connect(node, 'alice', { groups: ['a'] });
  assert.equal((await alice.ask({ type: 'subscribe', group: 'b' })).code, 'too_many_groups');
  assert.equal(await limited(node, 'groups_per_session'), 2);
});

scenario('the kernel holds no more for a client that does not read than it may', async (s) => {
  const node = await s.herald({ args: ['--socket-send-buffer', '16KiB', '--outbox-max-bytes', '256KiB', '--publish-max-bytes', '64KiB'] });
  const stuck = await raw_websocket(node.public_port, 'stuck');
  s.at_end(() => stuck.destroy());
  stuck.socket.pause();
  // 16 KiB there, 256 KiB in the outbox, and whatever the client's own side of the connection takes at first.
  const text = 'x'.repeat(60_000);
  await until(async () => {
    await node.accept({ user: 'stuck' }, text);
    return await node.metric('herald_slow_sessions_total') === 1;
  }, { what: 'it is found slow' });
  assert.ok(await node.metric('herald_due_total') < 40, 'soon');
});
