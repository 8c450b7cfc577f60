// Frames that break RFC 6455, and frames that never make a message. The plain cases are those of the system tests.

import { constants, deflateRawSync } from 'node:zlib';
import { bad_frames } from '../../system/support/bad_frames.mjs';
import { frame } from '../../system/support/raw.mjs';
import { in_session } from '../attack.mjs';

const close = (code, reason) => frame(Buffer.concat([Buffer.from([code >> 8, code & 255]), reason]), { opcode: 8 });
const broken = (name, sent, bytes, expect, more = {}) => ({ name, sent, expect, ...more, run: (house) => in_session(house, bytes, { ping: false }) });

export const frames = [
  ...Object.entries(bad_frames).map(([name, [codes, bytes]]) => broken(name, 'see the name', bytes, new RegExp(`^close (${[codes].flat().join('|')})\\b`))),
  broken('a close whose reason is not UTF-8', '1000 and ff fe', close(1000, Buffer.from([0xff, 0xfe])), /^close (1007|1002)/, { ci: true }),
  broken('a close with code 1005', 'which may not be sent', close(1005, Buffer.alloc(0)), 'close 1002', { ci: true }),
  broken('a close with code 999', 'which does not exist', close(999, Buffer.alloc(0)), 'close 1002', { ci: true }),
  broken('a length of 2^63', '81 ff 80…', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), /^close (1002|1009)/, { ci: true }),
  broken('a length of 2^62', '81 ff 40…', Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 'close 1009', { ci: true }),
  broken('a length in more bytes than it needs', '5, in eight bytes', Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5]), 'close 1002', { ci: true }),
  broken('fragments without end', 'up to a MiB in parts of 1 KiB', [frame('"', { fin: false }),
    ...Array.from({ length: 1024 }, () => frame('x'.repeat(1024), { opcode: 0, fin: false }))], /^close 1009/, { ci: true }),
  broken('tiny fragments without end', '200,000 of one byte', [frame('"', { fin: false }),
    ...Array.from({ length: 200_000 }, () => frame('x', { opcode: 0, fin: false }))], /^close (1009|1008)/),
];

// Compressed messages, where the node takes them (RFC 7692): a few bytes that become many, and bytes that become nothing.
const deflated = (text) => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const compressed = (name, sent, bytes, expect, ping = false) => ({ name, sent, expect, ci: true, house: 'compressing', run: (house) => in_session(house, bytes,
  { ping, headers: 'Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover\r\n' }) });
const squeezed = (payload, options) => frame(payload, { reserved: 4, ...options });

export const compressed_frames = [
  compressed('a bomb', '64 MB of zeroes in 64 KB', squeezed(deflated(Buffer.alloc(64 << 20))), /^close 1009/),
  compressed('a bomb in parts', 'one that inflates a thousandfold, again and again', [squeezed(deflated(Buffer.alloc(1 << 20)), { fin: false }),
    ...Array.from({ length: 50 }, () => frame(deflated(Buffer.alloc(1 << 20)), { opcode: 0, fin: false }))], /^close 1009/),
  compressed('a deep bomb', '60,000 levels in a few hundred bytes', squeezed(deflated('['.repeat(60_000))), /^error (too_deep|bad_json), served$/, true),
  compressed('what is not deflate', 'random bytes', squeezed(Buffer.from('ffffffffffffffff', 'hex')), /^close 1002/),
  compressed('a compressed ping', 'reserved bit 1 on a control frame', squeezed('x', { opcode: 9 }), /^close 1002/),
  { ...compressed('empty blocks without end', '00 00 00 ff ff, again and again', [squeezed(Buffer.from('000000ffff', 'hex'), { fin: false }),
    ...Array.from({ length: 300_000 }, () => frame(Buffer.from('000000ffff', 'hex'), { opcode: 0, fin: false }))], /^(cut|close 1001 silent|close 1008 abuse|close 1002|close 1009)$/), ci: false },
];
