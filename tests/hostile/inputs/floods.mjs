// Much of something: frames, messages, connections, silence. Each must cost its sender, and nobody else.

import { fileURLToPath } from 'node:url';
import { start } from '../../system/support/processes.mjs';
import { closes_in, frame, messages_in, Raw, upgrade_request } from '../../system/support/raw.mjs';
import { sleep, until } from '../../system/support/wait.mjs';
import { attacker, enter, heard, in_session, many } from '../attack.mjs';

const repeated = (count, bytes) => Buffer.concat(Array.from({ length: count }, () => bytes));
const ping_command = frame('{"type":"ping"}');

/// Sends the same bytes over and over for as long as the node takes them, and for no longer than `ms`: how it ends.
async function flood(house, bytes, { ms = 8000, read = true, first } = {}) {
  const raw = await enter(house, 'flood');
  if (first) raw.send(first);
  if (!read) raw.socket.pause();
  const begin = Date.now();
  let sent = 0;
  while (!heard(raw) && !raw.over && Date.now() - begin < ms) {
    if (raw.socket.writableLength < 1 << 20) { raw.send(bytes); sent += bytes.length; }
    await sleep(1);
  }
  const taken = sent - raw.socket.writableLength;
  const told = [...new Set(messages_in(raw.received).filter((each) => each.type === 'error').map((each) => `error ${each.code}, `))].join('');
  const answer = `${told}${heard(raw) ?? (raw.over ? 'cut' : 'open')}`;
  raw.destroy();
  return { answer, note: `${(taken / 1e6).toFixed(1)} MB taken in ${((Date.now() - begin) / 1000).toFixed(1)} s` };
}

/// Publishes to a user until `bytes` were accepted.
async function publish_to(house, user, bytes) {
  const text = 'x'.repeat(50_000);
  for (let sent = 0; sent < bytes; sent += text.length) {
    const { status } = await house.node.publish({ to: { user }, data: text }, house.key ? { headers: { 'x-api-key': house.key } } : {});
    if (status !== 202) throw new Error(`a publish was answered ${status}`);
  }
}

async function storm(house, count, at_once, one) {
  let failed = 0;
  for (let n = 0; n < count; n += at_once) {
    await Promise.all(Array.from({ length: Math.min(at_once, count - n) }, (_, k) => one(n + k).catch(() => { ++failed; })));
  }
  return { answer: 'all well', note: `${count - failed} of ${count} connected` };
}

const connect_from = (house, n) => Raw.connect(house.public_port, { from: `127.0.${1 + (n % 50)}.66` });

/// Half-open connections in waves, each held by a process of its own until all have been opened.
async function half_open(house, { total, a_wave }) {
  const program = fileURLToPath(new URL('../half_open.mjs', import.meta.url));
  const waves = [];
  let [connected, failed, most] = [0, 0, 0];
  const watch = setInterval(async () => {
    most = Math.max(most, await house.node.metric('herald_handshakes_unfinished').catch(() => 0) ?? 0);
  }, 250);
  try {
    for (let wave = 0; connected + failed < total; ++wave) {
      const child = start(process.execPath, [program, house.public_port, Math.min(a_wave, total - connected - failed), wave].map(String), { stdin: 'pipe' });
      waves.push(child);
      await until(() => child.stdout.includes('\n') || child.ended, { within: 60_000, every: 50, what: 'a wave is open' });
      const said = JSON.parse(child.stdout);
      connected += said.connected;
      failed += said.failed;
    }
  } finally {
    clearInterval(watch);
    for (const child of waves) child.child.stdin.end();
    await Promise.all(waves.map((child) => child.exited));
  }
  return { answer: 'all well', note: `${connected} connected and kept open at the attacker's side, ${failed} not; the node held ${most} at most` };
}

export const floods = [
  { name: 'a flood of pings', sent: '125-byte pings, as fast as they are taken', expect: 'close 1008 abuse', run: (house) => flood(house, repeated(500, frame('x'.repeat(125), { opcode: 9 }))) },
  { name: 'a flood of pongs', sent: 'pongs that nobody asked for', expect: 'close 1008 abuse', run: (house) => flood(house, repeated(500, frame('', { opcode: 10 }))) },
  { name: 'a flood of pings, unread', sent: 'and no pong is read', expect: /^(close 1008 abuse|cut|close 1013 slow)$/,
    run: (house) => flood(house, repeated(500, frame('x'.repeat(125), { opcode: 9 })), { read: false }) },
  { name: 'a flood of empty messages', sent: '81 80', expect: /close 1008 abuse$/, run: (house) => flood(house, repeated(5000, frame(''))) },
  { name: 'a flood of empty fragments', sent: '01 80, then 00 80 without end', expect: /^(cut|close 1008 abuse)$/,
    run: (house) => flood(house, repeated(5000, frame('', { opcode: 0, fin: false })), { first: frame('', { fin: false }) }) },
  { name: 'a flood of messages', sent: '{"type":"ping"}, as fast as they are taken', expect: 'error rate_limited, close 1008 abuse', within: [1, 6],
    run: (house) => flood(house, repeated(1000, ping_command)) },
  { name: 'a flood of messages, unread', sent: 'and no answer is read', expect: /^(close 1008 abuse|cut|close 1013 slow)$/, run: (house) => flood(house, repeated(1000, ping_command), { read: false }) },
  { name: 'a flood of large messages', sent: '60 KB each', expect: /close 1008 abuse$/, run: (house) => flood(house, frame(`{"type":"ping","x":"${'x'.repeat(60_000)}"}`)) },
  { name: 'groups joined and left in a loop', sent: 'subscribe and unsubscribe', expect: /close 1008 abuse$/,
    run: (house) => flood(house, repeated(300, Buffer.concat([frame('{"type":"subscribe","group":"g1"}'), frame('{"type":"unsubscribe","group":"g1"}')]))) },
  { name: 'a client that answers no ping', sent: 'nothing at all', expect: 'close 1001 silent', within: [2, 8], run: (house) => in_session(house, [], { ping: false, ms: 10_000 }) },
  { name: 'a client that never reads', sent: '20 MB are published to it', expect: 'cut', within: [3, 20],
    async run(house) {
      const raw = await Raw.connect(house.public_port, { read: false, from: attacker });
      raw.send(upgrade_request('never-reads'));
      const stalled = () => house.node.metric('herald_outboxes_stalled');
      const publishing = publish_to(house, 'never-reads', 20e6);
      await until(async () => await stalled() > 0, { what: 'its socket takes no more' });
      const gone = await until(async () => await stalled() === 0, { within: 15_000, every: 100, what: 'it is let go' }).then(() => 'cut', () => 'open');
      await publishing;
      raw.destroy();
      return gone;
    } },
  { name: 'a hundred clients that never read', sent: '5 MB are published to each one\'s group', expect: '100 × close 1013', within: [3, 25],
    async run(house) {
      const raws = await Promise.all(Array.from({ length: 100 }, (_, n) => enter(house, `idle-${n}`, { groups: 'idlers' })));
      for (const raw of raws) raw.socket.pause();
      const text = 'x'.repeat(50_000);
      for (let n = 0; n < 100; ++n) await house.node.publish({ to: { group: 'idlers' }, data: text });
      await until(async () => await house.node.metric('herald_outboxes_stalled') > 0, { what: 'their sockets take no more' });
      await until(async () => await house.node.metric('herald_outboxes_stalled') === 0, { within: 20_000, every: 100, what: 'all are let go' }).catch(() => {});
      for (const raw of raws) raw.socket.resume();
      return many(100, async (n) => {
        await until(() => raws[n].over, { within: 3000, what: 'the end' }).catch(() => {});
        const [close] = closes_in(raws[n].received);
        raws[n].destroy();
        return raws[n].over ? close ? `close ${close.code}` : 'cut' : 'open';
      });
    } },
  { name: 'a storm of connects', sent: '3,000 upgrades, each closed at once', expect: 'all well', small: true,
    run: (house, { share }) => storm(house, 3000 * share, 100, async (n) => {
      const raw = await connect_from(house, n);
      raw.send(upgrade_request(`storm-${n % 100}`, { groups: 'a,b,c' }));
      await until(() => raw.status, { what: 'an answer' });
      raw.destroy();
    }) },
  { name: 'a storm of resets', sent: '5,000 connects, ended by RST in every state', expect: 'all well', small: true,
    run: (house, { share }) => storm(house, 5000 * share, 100, async (n) => {
      const raw = await connect_from(house, n);
      const text = upgrade_request(`reset-${n % 100}`);
      raw.send(n % 4 === 0 ? '' : n % 4 === 1 ? text.slice(0, 50) : text);
      if (n % 4 === 3) await until(() => raw.status, { what: 'an answer' });
      raw.socket.resetAndDestroy();
    }) },
  { name: 'silence on the internal port', sent: '1,000 connections that say nothing', expect: 'all well', within: [0, 5],
    async run(house) {
      const raws = await Promise.all(Array.from({ length: 1000 }, () => Raw.connect(house.admin_port, { from: attacker }).catch(() => null)));
      const begin = Date.now();
      const answered = await until(async () => (await house.node.get('/livez', { agent: false, timeout: 1000 })).status === 200,
        { within: 1000, what: 'a new probe is answered' }).then(() => true, () => false);
      const ms = Date.now() - begin;
      for (const raw of raws) raw?.destroy();
      return { answer: answered ? 'all well' : 'no probe gets through', note: `a new probe was answered after ${ms} ms` };
    } },
  { name: 'half-open connects', sent: '100,000 in waves, from as many addresses of 127.0.0.0/8', expect: 'all well', within: [0, 240], small: true,
    run: (house, { share }) => half_open(house, { total: 100_000 * share, a_wave: 17_000 }) },
];
