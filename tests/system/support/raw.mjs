// A bare TCP connection, for what no proper client would send.

import { connect } from 'node:net';
import { connect as connect_tls } from 'node:tls';
import { randomBytes } from 'node:crypto';
import { constants, inflateRawSync } from 'node:zlib';
import { until, within } from './wait.mjs';

export class Raw {
  #parts = [];
  over = false;       // the other side closed, or reset, the connection

  /// `from`: the address of this machine to come from.
  static async connect(port, { read = true, tls, from } = {}) {
    const raw = new Raw();
    raw.socket = (tls ? connect_tls : connect)({ ...tls, host: '127.0.0.1', port, localAddress: from });
    await within(5000, new Promise((done, fail) => raw.socket.once(tls ? 'secureConnect' : 'connect', done).once('error', fail)), 'connect');
    raw.socket.setNoDelay(true);
    raw.socket.on('error', () => { raw.over = true; });   // a reset is an end like another
    raw.socket.on('end', () => { raw.over = true; });
    raw.socket.on('close', () => { raw.over = true; });
    if (read) raw.socket.on('data', (bytes) => { raw.#parts.push(bytes); });
    else raw.socket.pause();
    return raw;
  }

  /// Everything that came so far.
  get received() {
    if (this.#parts.length !== 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0];
  }

  send(bytes) {
    if (!this.over) this.socket.write(bytes);
  }

  get text() { return this.received.toString('latin1'); }
  /// The status of the HTTP answer, if there is one.
  get status() { return Number(/^HTTP\/1\.[01] (\d{3})/.exec(this.text)?.[1]) || undefined; }

  ended(ms = 5000, what = 'the other side closes') { return until(() => this.over, { within: ms, what }); }
  destroy() { this.socket.destroy(); }
}

/// The upgrade's request as text. `query`: what stands behind `?`, instead of user and groups.
export const upgrade_request = (user, { path = '/ws', groups = '', headers = '', query = `user=${user}&groups=${groups}` } = {}) =>
  `GET ${path}?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
  + `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n${headers}\r\n`;

/// A connection that has done the WebSocket handshake by hand. With `read: false` nothing is ever read from it.
export async function raw_websocket(port, user, { read = true, groups = '', headers = '', tls, from } = {}) {
  const raw = await Raw.connect(port, { read, tls, from });
  raw.send(upgrade_request(user, { groups, headers }));
  if (read) await until(() => raw.status === 101 && raw.text.includes('"welcome"'), { what: 'the welcome' });
  return raw;
}

/// A client's frame with any header one likes: `length` may promise more than `payload` holds.
export function frame(payload, { opcode = 1, fin = true, mask = true, reserved = 0, length } = {}) {
  const body = Buffer.from(payload);
  const n = length ?? body.length;
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  if (n < 126) head.push((mask ? 0x80 : 0) | n);
  else if (n < 65536) head.push((mask ? 0x80 : 0) | 126, n >> 8, n & 255);
  else {
    const wide = Buffer.alloc(8);
    wide.writeBigUInt64BE(BigInt(n));
    head.push((mask ? 0x80 : 0) | 127, ...wide);
  }
  if (!mask) return Buffer.concat([Buffer.from(head), body]);
  const key = randomBytes(4);
  return Buffer.concat([Buffer.from(head), key, body.map((byte, i) => byte ^ key[i & 3])]);
}

/// RFC 7692, section 7.2.2.
const inflated = (payload) => inflateRawSync(Buffer.concat([payload, Buffer.from('0000ffff', 'hex')]), { finishFlush: constants.Z_SYNC_FLUSH });

/// The complete frames in what a server sent after its handshake, inflated where they are compressed: [{opcode, payload}].
export function frames_in(received) {
  const found = [];
  for (let at = received.indexOf('\r\n\r\n') + 4; at + 2 <= received.length;) {
    const opcode = received[at] & 15;
    const is_compressed = (received[at] & 0x40) !== 0;
    let n = received[at + 1] & 127;
    at += 2;
    if (n === 126 && at + 2 <= received.length) { n = received.readUInt16BE(at); at += 2; }
    else if (n === 127 && at + 8 <= received.length) { n = Number(received.readBigUInt64BE(at)); at += 8; }
    if (at + n > received.length) break;
    const payload = received.subarray(at, at + n);
    found.push({ opcode, payload: is_compressed ? inflated(payload) : payload });
    at += n;
  }
  return found;
}

/// The close frames among them: [{code, reason}].
export const closes_in = (received) => frames_in(received).filter((f) => f.opcode === 8).map(({ payload }) => ({
  code: payload.length >= 2 ? payload.readUInt16BE(0) : undefined, reason: payload.toString('utf8', 2) }));

/// The messages among them, parsed.
export const messages_in = (received) => frames_in(received).filter((f) => f.opcode === 1).map((f) => JSON.parse(f.payload));
