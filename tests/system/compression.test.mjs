// permessage-deflate: fewer bytes for who asks for it, the same messages for everybody, and no way to blow a node up.

import assert from 'node:assert/strict';
import { constants, deflateRawSync } from 'node:zlib';
import { closes_in, frame, messages_in, upgrade_request } from './support/raw.mjs';
import { scenario, works } from './support/stage.mjs';
import { until } from './support/wait.mjs';

const numbers = (count) => Array.from({ length: count }, (_, n) => n);
const on = { args: ['--compression', 'true'] };

/// A message as RFC 7692 has it: compressed, without what a flush ends with.
const deflated = (text) => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const compressed_frame = (text, options) => frame(deflated(text), { reserved: 4, ...options });

/// A raw WebSocket that has offered `extension`, and what was answered to it.
async function offering(s, node, user, extension) {
  const raw = await s.raw(node.public_port);
  raw.send(upgrade_request(user, { headers: `Sec-WebSocket-Extensions: ${extension}\r\n` }));
  await until(() => raw.status === 101 && raw.text.includes('"welcome"'), { what: 'the welcome' });
  return { raw, answer: /^Sec-WebSocket-Extensions: (.*)\r$/mi.exec(raw.text)?.[1] };
}

scenario('who offers compression gets the same messages in fewer bytes; who does not is not touched', async (s) => {
  const node = await s.herald({ args: ['--shards', '3', ...on.args, '--client-publish', 'all'] });
  const small = await Promise.all(numbers(6).map((n) => s.connect(node, `small${n}`, { deflate: true, groups: ['g'] })));
  const plain = await Promise.all(numbers(6).map((n) => s.connect(node, `plain${n}`, { groups: ['g'] })));
  for (const client of small) assert.ok(client.socket.extensions.includes('permessage-deflate'));
  for (const client of plain) assert.equal(client.socket.extensions, '');
  const text = 'all work and no play makes jack a dull boy, '.repeat(100);
  const random = numbers(500).map(() => Math.random());   // hardly shorter
  const sent = numbers(30).map((n) => ({ n, text: n % 3 ? text : 'é', ...(n % 5 ? {} : { random }) }));
  for (const data of sent) await node.accept({ group: 'g' }, data);
  for (const client of [...small, ...plain]) assert.deepEqual((await client.received(30, 'group:g')).map((m) => m.data), sent);
  const bytes = (client) => client.socket._socket.bytesRead;
  assert.ok(bytes(small[0]) < bytes(plain[0]) / 2, `${bytes(small[0])} and ${bytes(plain[0])} bytes`);

  const metrics = await node.metrics();
  assert.equal(metrics.value('herald_compressed_connections_total'), 6);
  const compressed = metrics.value('herald_compressed_messages_total');
  assert.ok(compressed >= 20 && compressed <= 3 * 30, `once for all of a shard at most: ${compressed}`);
  assert.ok(metrics.value('herald_compression_bytes_total', { side: 'after' }) < metrics.value('herald_compression_bytes_total', { side: 'before' }) / 2);

  // What clients send is inflated, large or small; and what was missed is compressed too.
  assert.equal((await small[0].ask({ type: 'publish', to: { user: 'plain0' }, data: text })).type, 'published');
  assert.equal((await plain[0].next((f) => f.channel === 'user')).data, text);
  for (const n of numbers(3)) assert.equal((await small[1].ask({ type: 'ping', ref: `again ${n}` })).type, 'pong');
  const { cursor } = small[2].notifications('group:g')[9];
  await small[2].close();
  const back = await s.connect(node, 'small2', { deflate: true, groups: ['g'], resume: { 'group:g': cursor } });
  assert.deepEqual((await back.received(20, 'group:g')).map((m) => m.data), sent.slice(10));
});

scenario('without the setting the header is absent and a compressed frame is refused', async (s) => {
  const node = await s.herald();
  const alice = await s.connect(node, 'alice', { deflate: true });
  assert.equal(alice.socket.extensions, '');
  await node.accept({ user: 'alice' }, 'x'.repeat(5000));
  assert.equal((await alice.next('notification')).data, 'x'.repeat(5000));
  const { raw, answer } = await offering(s, node, 'bob', 'permessage-deflate');
  assert.equal(answer, undefined);
  raw.send(compressed_frame('{"type":"ping","ref":1}'));
  await until(() => closes_in(raw.received).length, { what: 'a close' });
  assert.equal(closes_in(raw.received)[0].code, 1002);
  assert.equal((await node.metrics()).value('herald_compressed_connections_total'), undefined);
});

scenario('what is agreed on: no context is taken over, and a client that can not look back 32 KiB gets plain messages', async (s) => {
  const node = await s.herald(on);
  const agreed = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  for (const [offer, answer] of [
    ['permessage-deflate', agreed],
    ['permessage-deflate; client_max_window_bits', agreed],
    ['permessage-deflate; server_no_context_takeover', agreed],
    ['x-webkit-deflate-frame, permessage-deflate', agreed],
    ['permessage-deflate; server_max_window_bits=9', undefined],
    ['permessage-deflate; nonsense=1', undefined],
    ['permessage-deflate; client_max_window_bits=99', undefined],
    ['"', undefined], ['nothing-known', undefined]]) {
    const { raw, answer: got } = await offering(s, node, 'alice', offer);
    assert.equal(got, answer, offer);
    await node.accept({ user: 'alice' }, 'y'.repeat(1000));
    await until(() => raw.received.length > (answer ? 250 : 1250), { what: `a message after ${offer}` });
    if (!answer) await until(() => messages_in(raw.received).at(-1).data === 'y'.repeat(1000), { what: 'a plain one' });
    raw.destroy();
  }
});

scenario('a bomb is closed with 1009, broken data with 1002, and nobody else notices', async (s) => {
  const node = await s.herald({ args: [...on.args, '--shards', '1', '--message-max-bytes', '64KiB'] });
  const alice = await s.connect(node, 'alice', { deflate: true });
  const before = node.rss();
  const spaces = ' '.repeat(64 << 20);   // 64 KiB on the wire
  const fits = `{"type":"ping","ref":1,"pad":"${'x'.repeat(60_000)}"}`;
  const cases = {
    'a bomb': [1009, compressed_frame(`{"type":"ping"}${spaces}`)],
    'a bomb in parts': [1009, Buffer.concat([frame(deflated(spaces), { reserved: 4, fin: false }), frame('', { opcode: 0 })])],
    'one byte too many': [1009, compressed_frame('x'.repeat(65537))],
    'a plain message that is too large': [1009, frame('x'.repeat(65537))],
    'no deflate at all': [1002, frame(Buffer.alloc(100, 0xff), { reserved: 4 })],
    'a control frame that is compressed': [1002, frame(deflated('x'), { opcode: 9, reserved: 4 })],
    'another reserved bit': [1002, frame('{"type":"ping"}', { reserved: 2 })],
    'bytes that are no UTF-8': [1007, compressed_frame(Buffer.from([0x22, 0xff, 0xfe, 0x22]))] };
  for (const [what, [code, bytes]] of Object.entries(cases)) {
    const { raw, answer } = await offering(s, node, 'mallory', 'permessage-deflate');
    assert.ok(answer, what);
    raw.send(compressed_frame(fits));
    await until(() => messages_in(raw.received).some((m) => m.type === 'pong'), { what: `a pong before ${what}` });
    raw.send(bytes);
    await until(() => closes_in(raw.received).length, { what: `a close after ${what}` });
    assert.equal(closes_in(raw.received)[0].code, code, what);
    raw.destroy();
  }
  assert.ok(node.rss() - before < 24 << 20, `memory stays: ${(node.rss() - before) >> 20} MiB more`);
  assert.equal((await alice.ask({ type: 'ping' })).type, 'pong');
  await works(s, node);
});

scenario('a stop says bye to clients that compress', async (s) => {
  const node = await s.herald({ args: [...on.args, '--drain-window', '1s'] });
  const clients = await Promise.all(numbers(5).map((n) => s.connect(node, `u${n}`, { deflate: true })));
  assert.equal((await node.stop()).code, 0);
  for (const client of clients) {
    assert.deepEqual(await client.end(), { code: 1012, reason: 'drain' });
    assert.equal(client.frames.at(-1).type, 'bye');
  }
});
