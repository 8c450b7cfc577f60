// RFC 6455 frame by frame: what is broken ends that session, with the code for it; what is odd but right is served.

import assert from 'node:assert/strict';
import { bad_frames } from './support/bad_frames.mjs';
import { closes_in, frame, frames_in, messages_in, upgrade_request } from './support/raw.mjs';
import { scenario, works } from './support/stage.mjs';
import { until } from './support/wait.mjs';

const ping = '{"type":"ping","ref":1}';
const pong_comes = (raw, ref = 1) => until(() => messages_in(raw.received).some((m) => m.type === 'pong' && m.ref === ref),
  { what: `the pong with ref ${ref}` });

scenario('frames that break RFC 6455 end the session with the code for it, and no other session', async (s) => {
  const node = await s.herald();
  const healthy = await s.connect(node, 'alice');
  const wrong = [];
  for (const [what, [codes, bytes, reason]] of Object.entries(bad_frames)) {
    const raw = await s.raw_websocket(node, 'alice');
    raw.send(bytes);
    await until(() => raw.over || closes_in(raw.received).length > 0, { what: `a close for ${what}` }).catch((e) => wrong.push(e.message));
    raw.send(frame(Buffer.from([0x03, 0xe8]), { opcode: 8 }));   // a polite client answers; the server may be gone by now
    await raw.ended(8000, `${what} ends the session`).catch((error) => wrong.push(error.message));
    const closes = closes_in(raw.received);
    const { code } = closes[0] ?? {};
    if (closes.length !== 1 || ![codes].flat().includes(code)) wrong.push(`${what}: ${JSON.stringify(closes)}, not ${codes}`);
    // 1007 and 1009 are found by the WebSocket library, whose close has no reason.
    else if (reason && closes[0].reason !== reason && (code === 1003 || closes[0].reason !== '')) {
      wrong.push(`${what}: the reason is "${closes[0].reason}", not "${reason}"`);
    }
    raw.destroy();
  }
  assert.deepEqual(wrong, []);
  await node.accept({ user: 'alice' }, 'still here');
  assert.equal((await healthy.next('notification')).data, 'still here');
  await works(s, node);
});

scenario('a message may come in parts, with control frames between them', async (s) => {
  const node = await s.herald();
  const raw = await s.raw_websocket(node, 'alice');
  const parts = [...'{"type":"ping","ref":"é🎉"}'].flatMap((c) => [...Buffer.from(c)]);   // UTF-8 split within characters
  for (const [n, byte] of parts.entries()) {
    raw.send(frame([byte], { opcode: n ? 0 : 1, fin: false }));
    if (n % 10 === 5) raw.send(frame(`are you there ${n}`, { opcode: 9 }));
  }
  raw.send(frame('', { opcode: 0 }));
  await pong_comes(raw, 'é🎉');
  const pongs = frames_in(raw.received).filter((f) => f.opcode === 10).map((f) => `${f.payload}`);
  assert.ok(pongs.length >= 1 && pongs.every((text) => /^are you there \d+$/.test(text)), `${pongs}`);
  raw.send(frame('nobody asked', { opcode: 10 }));   // a pong of its own accord is allowed
  raw.send(Buffer.concat([1, 2, 3].map((n) => frame(`{"type":"ping","ref":${n}}`))));
  for (const n of [1, 2, 3]) await pong_comes(raw, n);
});

scenario('a message of just the allowed size is served', async (s) => {
  const node = await s.herald({ args: ['--message-max-bytes', '1KiB'] });
  const sized = (bytes) => `{"type":"ping","ref":1,"pad":"${'x'.repeat(bytes - 32)}"}`;
  assert.equal(sized(1024).length, 1024);
  const raw = await s.raw_websocket(node, 'alice');
  raw.send(frame(sized(1024)));
  await pong_comes(raw);
  raw.send(frame(sized(1025)));
  await until(() => closes_in(raw.received).length, { what: 'one byte more ends the session' });
  assert.equal(closes_in(raw.received)[0].code, 1009);
});

scenario('a client that is still sending when its message is too large hears why it is let go', async (s) => {
  const node = await s.herald();
  for (let n = 0; n < 5; ++n) {
    const raw = await s.raw_websocket(node, 'alice');
    raw.send(frame(`"${'x'.repeat(1 << 20)}"`));
    raw.send(frame(ping));
    await raw.ended(5000, 'the session ends');
    assert.deepEqual(closes_in(raw.received).map((close) => close.code), [1009]);
  }
});

scenario('frames that come with the upgrade, or byte by byte, are served', async (s) => {
  const node = await s.herald();
  const early = await s.raw(node.public_port);
  early.send(Buffer.concat([Buffer.from(upgrade_request('alice')), frame(ping)]));
  await pong_comes(early);
  const dripping = await s.raw(node.public_port);
  for (const byte of Buffer.concat([Buffer.from(upgrade_request('alice')), frame(ping)])) {
    dripping.send(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  await pong_comes(dripping);
  const types = messages_in(dripping.received).map((m) => m.type);
  assert.deepEqual(types, ['welcome', 'pong'], 'the welcome comes first');
});

scenario('a close is answered with a close, and counted', async (s) => {
  const node = await s.herald();
  const closing = (code, reason = '') => frame(Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]), { opcode: 8 });
  for (const bytes of [closing(1000, 'goodbye'), closing(4999), frame('', { opcode: 8 })]) {
    const raw = await s.raw_websocket(node, 'alice');
    raw.send(bytes);
    await raw.ended(5000, 'the server closes the connection');
    assert.equal(closes_in(raw.received).length, 1, 'one close frame in answer');
  }
  await node.metric_is('websocket_connections', 0);
});

scenario('a flood of ping frames costs only its sender', async (s) => {
  const node = await s.herald({ args: ['--shards', '1'] });
  const alice = await s.connect(node, 'alice');
  const flood = await s.raw_websocket(node, 'flood');
  const pings = Buffer.concat(Array.from({ length: 50_000 }, () => frame('x'.repeat(100), { opcode: 9 })));
  flood.send(pings);
  for (let n = 0; n < 20; ++n) assert.equal((await alice.ask({ type: 'ping' })).type, 'pong', 'others are served meanwhile');
  flood.send(frame(ping));
  await until(() => flood.over || messages_in(flood.received).some((m) => m.type === 'pong'),
    { within: 20_000, every: 200, what: 'the flood is worked off, or its sender is cut off' });
  await works(s, node);
});
