// TLS on both ports: who speaks it is served as on a plain port; who doesn't, or badly, is refused and costs nobody else.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { Authority } from './support/certificates.mjs';
import { refused } from './support/client.mjs';
import { run_herald } from './support/herald.mjs';
import { parse_metrics, request } from './support/http.mjs';
import { free_port, run } from './support/processes.mjs';
import { closes_in, frame, messages_in, upgrade_request } from './support/raw.mjs';
import { scenario } from './support/stage.mjs';
import { until, within } from './support/wait.mjs';

/// An authority, and a node whose public port speaks TLS. `files`: {cert, key} of it.
async function secure_node(s, { args = [], ...options } = {}) {
  const authority = await Authority.start(s);
  const files = await authority.sign('node');
  const tls = { ca: authority.ca };
  const node = await s.herald({ args: ['--tls-cert', files.cert, '--tls-key', files.key, ...args], tls, ...options });
  return { authority, files, tls, node };
}

/// Shakes hands and hangs up: {certificate, protocol, cipher}, or throws.
async function handshake(port, options) {
  const socket = connect({ host: '127.0.0.1', port, ...options });
  try {
    await within(5000, new Promise((done, fail) => socket.once('secureConnect', done).once('error', fail)), 'a TLS handshake');
    return { certificate: socket.getPeerCertificate(), protocol: socket.getProtocol(), cipher: socket.getCipher().name,
      alpn: socket.alpnProtocol };
  } finally {
    socket.destroy();
  }
}

const numbers = (count) => Array.from({ length: count }, (_, n) => n);

scenario('clients over TLS get what clients over TCP get, on every shard', async (s) => {
  const { node } = await secure_node(s, { args: ['--shards', '3', '--message-max-bytes', '300KiB', '--client-publish', 'all'] });
  const clients = await Promise.all(numbers(12).map((n) => s.connect(node, `u${n}`, { groups: ['g'] })));
  for (const n of numbers(12)) await node.accept({ user: `u${n}` }, `for ${n}`);
  await node.accept({ group: 'g' }, 'for the group');
  const large = 'é'.repeat(60_000);   // several records
  await node.accept({ broadcast: true }, large);
  for (const [n, client] of clients.entries()) {
    await client.received(3);
    assert.deepEqual(client.notifications('user').map((m) => m.data), [`for ${n}`]);
    assert.deepEqual(client.notifications('group:g').map((m) => m.data), ['for the group']);
    assert.deepEqual(client.notifications('broadcast').map((m) => m.data), [large]);
  }
  const sent = { text: 'y'.repeat(100_000) };   // and the other way
  assert.equal((await clients[0].ask({ type: 'publish', to: { user: 'u1' }, data: sent })).type, 'published');
  assert.deepEqual((await clients[1].next((f) => f.data?.text)).data, sent);
  // Much at once, in order.
  await Promise.all(numbers(5).map((batch) => node.publish(numbers(200).map((n) => ({ to: { user: 'u2' }, data: { batch, n, pad: 'p'.repeat(300) } })))));
  const got = (await clients[2].received(1001, 'user')).slice(1).map((m) => m.data);
  for (const batch of numbers(5)) assert.deepEqual(got.filter((m) => m.batch === batch).map((m) => m.n), numbers(200));
  // What was missed, after coming back.
  const { cursor } = clients[3].notifications('user')[0];
  await clients[3].close();
  for (const n of numbers(50)) await node.accept({ user: 'u3' }, n);
  const back = await s.connect(node, 'u3', { resume: { user: cursor } });
  assert.equal(back.welcome.channels.user.recovered, true);
  assert.deepEqual((await back.received(50, 'user')).map((m) => m.data), numbers(50));
  assert.equal(await node.metric('herald_tls_handshakes_total', { outcome: 'done' }), 13);
  assert.equal(await node.metric('herald_tls_handshakes_total', { outcome: 'failed' }), 0);
});

scenario('frames may come with the upgrade, in any cut, and a close is answered', async (s) => {
  const { node, tls } = await secure_node(s, { args: ['--shards', '3'] });
  const ping = frame('{"type":"ping","ref":1}');
  await Promise.all(numbers(9).map(async (n) => {   // several users, so that some connections move to another shard
    const raw = await s.raw(node.public_port, { tls });
    const bytes = Buffer.concat([Buffer.from(upgrade_request(`u${n}`)), ping, ping]);
    if (n % 3 === 0) raw.send(bytes);   // one record
    if (n % 3 === 1) for (const part of [bytes.subarray(0, 40), bytes.subarray(40)]) raw.send(part);
    if (n % 3 === 2) {
      for (const byte of bytes) {   // a record for each byte
        raw.send(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
    }
    await until(() => messages_in(raw.received).filter((m) => m.type === 'pong').length === 2, { what: `two pongs for ${n}` });
    assert.equal(messages_in(raw.received)[0].type, 'welcome');
    raw.send(frame(Buffer.from([3, 232]), { opcode: 8 }));
    await raw.ended(5000, 'the server closes');
    assert.equal(closes_in(raw.received)[0]?.code, 1000);
  }));
  await node.metric_is('websocket_connections', 0);
});

scenario('a client over TLS that does not read costs only itself, and gets what was kept later', async (s) => {
  const { node } = await secure_node(s, { args: ['--shards', '1', '--outbox-max-bytes', '512KiB'] });
  const late = await s.raw_websocket(node, 'late', { groups: 'g' });
  late.socket.pause();
  const fast = await s.connect(node, 'fast', { groups: ['g'] });
  const text = 'x'.repeat(100_000);
  for (const n of numbers(120)) await node.accept({ group: 'g' }, { n, text });
  assert.deepEqual((await fast.received(120, 'group:g')).map((m) => m.data.n), numbers(120));
  const got = () => messages_in(late.received).filter((m) => m.type === 'notification').map((m) => m.data.n);
  late.socket.resume();
  await until(() => got().length >= 120, { within: 20_000, every: 200, what: 'everything' });
  assert.deepEqual(got(), numbers(120));
  assert.ok(await node.metric('herald_slow_sessions_total') >= 1, 'it was behind');
});

scenario('TLS is 1.2 or later, with forward secrecy, or what was asked for; a session is resumed', async (s) => {
  const { authority, files, node, tls } = await secure_node(s);
  const port = node.public_port;
  const old = { ...tls, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  await assert.rejects(handshake(port, old), /alert protocol version|unsupported protocol/i);
  const only = (ciphers) => ({ ...tls, maxVersion: 'TLSv1.2', ciphers });
  await assert.rejects(handshake(port, only('AES128-SHA256:AES128-GCM-SHA256')), /handshake failure/i);
  await assert.rejects(handshake(port, only('ECDHE-ECDSA-AES128-SHA256')), /handshake failure/i);
  assert.equal((await handshake(port, only('ECDHE-ECDSA-AES128-GCM-SHA256'))).protocol, 'TLSv1.2');
  assert.equal((await handshake(port, tls)).protocol, 'TLSv1.3');
  assert.equal((await handshake(port, { ...tls, ALPNProtocols: ['h2', 'http/1.1'] })).alpn, 'http/1.1');
  await assert.rejects(handshake(port, { ...tls, ALPNProtocols: ['h2'] }), /no application protocol/i);
  await until(async () => await node.metric('herald_tls_handshakes_total', { outcome: 'failed' }) >= 4, { what: 'they are counted' });

  const strict = await s.herald({ tls, args: ['--tls-cert', files.cert, '--tls-key', files.key, '--tls-min-version', '1.3'] });
  await assert.rejects(handshake(strict.public_port, { ...tls, maxVersion: 'TLSv1.2' }), /alert protocol version/i);
  assert.equal((await handshake(strict.public_port, tls)).protocol, 'TLSv1.3');

  // openssl asks for the same again and says whether it was resumed; and whether the server says its end.
  const ticket = authority.file('ticket');
  const ask = (...more) => run('bash', ['-c', `(printf 'GET /nothing HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'; sleep 1) |
    openssl s_client -connect 127.0.0.1:${port} -CAfile ${authority.ca_file} -verify_return_error ${more.join(' ')}`]);
  const first = await ask('-sess_out', ticket);
  assert.match(first.output, /404 Not Found/);
  assert.doesNotMatch(first.output, /unexpected eof/i, 'TLS is closed in its own words');
  assert.match((await ask('-sess_in', ticket)).output, /^Reused, TLSv1\.3/m);
});

scenario('who does not speak TLS to a port that does hears why, and the other way round', async (s) => {
  const { authority, files, node, tls } = await secure_node(s);
  const { cert, key } = await authority.sign('inside');
  const inside = await s.herald({ admin_tls: tls, args: ['--admin-tls-cert', cert, '--admin-tls-key', key] });
  for (const port of [node.public_port, inside.admin_port]) {
    const plain = await request(port, '/ws?user=a');
    assert.equal(plain.status, 400);
    assert.match(plain.json.error.message, /speaks TLS/);
    const garbage = await s.raw(port);
    garbage.send(Buffer.alloc(1000, 1));
    await garbage.ended(5000, 'garbage is answered at once');
    const broken = await s.raw(port);   // begins as TLS does
    broken.send(Buffer.concat([Buffer.from('160301', 'hex'), Buffer.alloc(1000, 0xff)]));
    await broken.ended(5000, 'a broken hello ends at once');
  }
  // A TLS client of a plain port is not left waiting.
  const begin = Date.now();
  await assert.rejects(handshake(inside.public_port, tls));
  assert.ok(Date.now() - begin < 4000, 'at once');
  assert.equal((await s.connect(node, 'alice')).welcome.user, 'alice');
  assert.equal((await refused(s.connect(node, 'a b'))).json.error.field, 'user', 'refusals come over TLS too');
  // Nobody believes a certificate of another authority.
  await assert.rejects(handshake(node.public_port, { ca: (await Authority.start(s)).ca }), /certificate|self.signed/i);
  assert.equal(typeof files.cert, 'string');
});

scenario('a thousand handshakes that stop half-way are cut in time, and others are served meanwhile', async (s) => {
  const { node, tls } = await secure_node(s, { args: ['--handshake-timeout', '2s'] });
  await (await s.connect(node, 'first')).close();
  const open_files = () => readdirSync(`/proc/${node.pid}/fd`).length;
  const before = open_files();
  const hello = Buffer.from('1603010200010001fc0303', 'hex');   // promises more than ever comes
  const begin = Date.now();
  const half = await Promise.all(numbers(1000).map(() => s.raw(node.public_port)));
  for (const [n, raw] of half.entries()) if (n % 4) raw.send(hello.subarray(0, n % 4 === 1 ? 1 : hello.length));
  // TLS is done, and the request never comes.
  const silent = await Promise.all(numbers(20).map(() => s.raw(node.public_port, { tls })));
  for (const raw of silent) raw.send('GET /ws?user=x HTTP/1.1\r\n');
  const alice = await s.connect(node, 'alice');
  await node.accept({ user: 'alice' }, 'meanwhile');
  assert.equal((await alice.next('notification')).data, 'meanwhile');
  await Promise.all([...half, ...silent].map((raw) => raw.ended(10_000, 'it is cut')));
  assert.ok(Date.now() - begin >= 1500, 'not before its time');
  for (const raw of silent) assert.equal(raw.status, 408, raw.text);
  await node.metric_is('herald_tls_handshakes_total', 1000, { labels: { outcome: 'failed' } });
  await until(() => open_files() <= before + 4, { what: `open files are back at ${before}` });
});

scenario('changed files are taken without a restart, broken ones are not, and connections go on', async (s) => {
  const { authority, files, tls, node } = await secure_node(s);
  const alice = await s.connect(node, 'alice');
  const still_there = async (what) => {
    await node.accept({ user: 'alice' }, what);
    await alice.next((f) => f.data === what);
    await s.connect(node, 'new');
  };
  const presented = async () => (await handshake(node.public_port, tls)).certificate.subject.CN;
  const reloads = (outcome) => node.metric('herald_tls_reloads_total', { port: 'public', outcome });
  const expiry = () => node.metric('herald_tls_certificate_expiry_timestamp_seconds', { port: 'public' });
  assert.equal(await presented(), 'node');
  const in_days = (n) => Date.now() / 1000 + n * 86_400;
  assert.ok(Math.abs(await expiry() - in_days(1)) < 3600, `${await expiry()}`);

  const next = await authority.sign('next', { days: 2 });
  await authority.replace(files.cert, next.cert);
  await authority.replace(files.key, next.key);
  await until(async () => await presented() === 'next', { within: 10_000, what: 'the new certificate' });
  await until(async () => await reloads('done') === 1, { what: 'it is counted' });
  assert.ok(Math.abs(await expiry() - in_days(2)) < 3600, `${await expiry()}`);
  await still_there('after the first');

  // A key that does not belong to it, then nonsense: the old one stays, and each is counted once.
  const other = await authority.sign('other');
  await authority.replace(files.key, other.key);
  await until(async () => await reloads('failed') === 1, { within: 10_000, what: 'a failed reload' });
  await writeFile(files.cert, 'nonsense');
  await until(async () => await reloads('failed') === 2, { within: 10_000, what: 'a second one' });
  assert.equal(await presented(), 'next');
  assert.ok(node.lines('tls_reload_failed').length >= 2, 'it is logged');
  await still_there('while broken');
  await authority.replace(files.cert, other.cert);
  await until(async () => await presented() === 'other', { within: 10_000, what: 'the mended pair' });
  await still_there('mended');
  assert.doesNotMatch(node.log, /PRIVATE KEY/);
});

scenario('the internal port asks publishers for certificates, and answers probes without', async (s) => {
  const authority = await Authority.start(s);
  const middle = await authority.sign('middle', { is_authority: true });
  const server = await authority.sign('inside', { by: middle });
  const publisher = await authority.sign('publisher');
  const stranger = await (await Authority.start(s)).sign('stranger');
  const chain = await authority.chain('chain.pem', server.cert, middle.cert);
  const with_files = async ({ cert, key }) => ({ ca: authority.ca, cert: await readFile(cert), key: await readFile(key) });
  // Reachable from elsewhere without the switch for that: it asks who is there.
  const node = await s.herald({ admin_tls: await with_files(publisher), args: ['--admin-tls-cert', chain, '--admin-tls-key', server.key,
    '--admin-tls-client-ca', authority.ca_file] });
  const alice = await s.connect(node, 'alice');
  await node.accept({ user: 'alice' }, 'signed');
  assert.equal((await alice.next('notification')).data, 'signed');
  assert.ok(await node.metric('herald_connections_opened_total') >= 1);
  const nobody = { tls: { ca: authority.ca } };
  for (const path of ['/livez', '/readyz']) assert.equal((await request(node.admin_port, path, nobody)).status, 200, path);
  for (const path of ['/', '/metrics', '/admin/actors', '/livez/../metrics', '/nothing']) {
    const { status, json } = await request(node.admin_port, path, nobody);
    assert.equal(status, 403, path);
    assert.match(json.error.message, /certificate/);
  }
  const attempt = await request(node.admin_port, '/api/v1/notifications', { ...nobody, method: 'POST', body: { to: { user: 'alice' }, data: 1 } });
  assert.equal(attempt.status, 403);
  await assert.rejects(request(node.admin_port, '/metrics', { tls: await with_files(stranger) }), 'a certificate of another authority');
  const large = await s.raw(node.admin_port, nobody);
  large.send('POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n{"to":');
  await until(() => large.status, { what: 'an answer while the body is still due' });
  assert.equal(large.status, 403);
  assert.ok(await node.metric('herald_api_requests_refused_total', { reason: 'no_certificate' }) >= 7);
  await alice.expect_nothing(50);
  // Large both ways, on one connection.
  const many = numbers(30).map((n) => ({ to: { user: 'alice' }, data: { n, text: 'z'.repeat(100_000) } }));
  assert.equal((await node.publish(many)).status, 202);
  assert.equal((await alice.received(31)).length, 31);
  assert.ok(parse_metrics((await node.get('/metrics')).text).samples.length > 20);
});

scenario('a client that answers no ping hears over TLS, too, why it is let go', async (s) => {
  const authority = await Authority.start(s);
  const files = await authority.sign('node');
  const node = await s.herald({ tls: { ca: authority.ca }, args: ['--ping-interval', '300ms', '--tls-cert', files.cert, '--tls-key', files.key] });
  const gone = await s.raw_websocket(node, 'gone');
  await gone.ended(5000, 'it is let go');
  assert.deepEqual(closes_in(gone.received), [{ code: 1001, reason: 'silent' }]);
  await node.metric_is('websocket_connections', 0);
});

scenario('a node that stops says bye over TLS', async (s) => {
  const authority = await Authority.start(s);
  const files = await authority.sign('node');
  const tls = { ca: authority.ca };
  const node = await s.herald({ tls, admin_tls: tls, args: ['--drain-window', '2s', '--tls-cert', files.cert, '--tls-key', files.key,
    '--admin-tls-cert', files.cert, '--admin-tls-key', files.key] });
  const clients = await Promise.all(numbers(10).map((n) => s.connect(node, `u${n}`)));
  await node.accept({ broadcast: true }, 'last words');
  const { code } = await node.stop();
  assert.equal(code, 0);
  for (const client of clients) {
    assert.deepEqual(await client.end(), { code: 1012, reason: 'drain' });
    assert.equal(client.frames.at(-1).type, 'bye');
    assert.deepEqual(client.notifications().map((n) => n.data), ['last words']);
  }
});

scenario('files that can not be used end the start with 2 and name the setting', async (s) => {
  const authority = await Authority.start(s);
  const good = await authority.sign('good');
  const other = await authority.sign('other');
  const expired = await authority.sign('expired', { days: -1 });
  const nothing = authority.file('nothing.pem');
  const port = await free_port();
  const start = (...args) => run_herald(['--listen', `127.0.0.1:${port}`, '--admin-listen', '127.0.0.1:0', ...args]);
  const cases = [
    [['--tls-cert', good.cert], /^herald: tls-cert: .* needs the other one of tls-cert and tls-key/],
    [['--admin-tls-key', good.key], /^herald: admin-tls-key: .* needs the other one/],
    [['--admin-tls-client-ca', authority.ca_file], /^herald: admin-tls-client-ca: .* needs admin-tls-cert/],
    [['--tls-cert', nothing, '--tls-key', good.key], /^herald: tls-cert: .*nothing\.pem.* can't be read \(No such file/],
    [['--tls-cert', good.key, '--tls-key', good.key], /^herald: tls-cert: .* can't be used .*; give a PEM file/],
    [['--tls-cert', good.cert, '--tls-key', nothing], /^herald: tls-key: .* can't be read/],
    [['--tls-cert', good.cert, '--tls-key', good.cert], /^herald: tls-key: .* can't be used/],
    [['--tls-cert', good.cert, '--tls-key', other.key], /^herald: tls-key: .* is not the key of the certificate/],
    [['--admin-tls-cert', good.cert, '--admin-tls-key', good.key, '--admin-tls-client-ca', good.key], /^herald: admin-tls-client-ca: .* can't be used/],
    [['--tls-min-version', '1.1'], /^herald: tls-min-version: .* is not one of 1\.2, 1\.3/]];
  for (const [args, says] of cases) {
    const { code, stderr } = await start(...args);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.match(stderr, says);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  const checked = await start('--check-config', '--tls-cert', expired.cert, '--tls-key', expired.key);
  assert.equal(checked.code, 0, checked.output);
  assert.match(checked.stderr, /warning: tls-cert: .* has expired/);
  const node = await s.herald({ args: ['--tls-cert', expired.cert, '--tls-key', expired.key], tls: { ca: authority.ca } });
  assert.match(node.lines('warning').join('\n'), /tls-cert.* has expired/);
});
