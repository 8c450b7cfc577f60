// Frames that break RFC 6455, or a limit: {name: [the close code that is due, or several, bytes, the close's reason]}.

import { frame } from './raw.mjs';

const ping = '{"type":"ping","ref":1}';
const close = (...bytes) => frame(Buffer.from(bytes), { opcode: 8 });

export const bad_frames = {
  'an unmasked frame': [1002, frame(ping, { mask: false })],
  'a reserved opcode': [1002, frame('', { opcode: 5 })],
  'a reserved control opcode': [1002, frame('', { opcode: 12 })],
  'reserved bit 1, without an extension': [1002, frame(ping, { reserved: 4 })],
  'reserved bits 2 and 3': [1002, frame(ping, { reserved: 3 })],
  'a continuation of nothing': [1002, frame('x', { opcode: 0 })],
  'a new message within another': [1002, Buffer.concat([frame('{"type"', { fin: false }), frame(ping)])],
  'a control frame in two parts': [1002, frame('', { opcode: 9, fin: false })],
  'a control frame that is too long': [1002, frame(Buffer.alloc(126), { opcode: 9 })],
  'a close of one byte': [1002, close(3)],
  'a close with a code that may not be sent': [1002, close(0x03, 0xed)],
  'a close with a code that does not exist': [1002, close(0, 1)],
  'a length with its highest bit set': [[1002, 1009], Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])],
  'a binary frame': [1003, frame(ping, { opcode: 2 }), 'binary'],
  'a text that is not UTF-8': [1007, frame(Buffer.from([0x22, 0xff, 0xfe, 0x22])), 'utf8'],
  'an overlong sequence': [1007, frame(Buffer.from([0x22, 0xc0, 0x80, 0x22])), 'utf8'],
  'a surrogate in UTF-8': [1007, frame(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), 'utf8'],
  'a character past Unicode\'s end': [1007, frame(Buffer.from([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22])), 'utf8'],
  'a character cut off at the end': [1007, frame(Buffer.from([0x22, 0xe2, 0x82])), 'utf8'],
  'UTF-8 that breaks in a later part': [1007,
    Buffer.concat([frame(Buffer.from([0xe2]), { fin: false }), frame('x', { opcode: 0 })]), 'utf8'],
  'a message over the limit': [1009, frame(`"${'x'.repeat(64 * 1024)}"`), 'too large'],
  'a promise of 64 MB': [1009, frame('{"type":"ping"', { length: 64 << 20 }), 'too large'],
  'a message over the limit in small parts': [1009, Buffer.concat([frame('"', { fin: false }),
    ...Array.from({ length: 70 }, () => frame('x'.repeat(1000), { opcode: 0, fin: false }))]), 'too large'] };
