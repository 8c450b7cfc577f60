// A WebSocket client that keeps every frame it got, and answers questions about them.

import { EventEmitter } from 'node:events';
import WebSocket from 'ws';
import { member_text } from './json_text.mjs';
import { patience } from './binaries.mjs';
import { sleep } from './wait.mjs';

/// An upgrade that was answered with plain HTTP.
export class Refused extends Error {
  constructor(status, headers, text) {
    super(`the upgrade was refused with ${status}: ${text}`);
    Object.assign(this, { status, headers, text });
    try { this.json = JSON.parse(text); } catch { /* shown as text */ }
  }
}

/// What a connection that must be refused was told.
export async function refused(connecting) {
  try {
    (await connecting).cut();
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error('the upgrade was accepted');
}

export class Client {
  frames = [];      // every frame, parsed; `raw_of(frame)` has its text
  closed = null;    // {code, reason} once the connection is over
  #raw = new WeakMap();
  #taken = new WeakSet();
  #news = new EventEmitter();

  /// Connects as `user`, from the address `from` of this machine, and waits for the welcome (unless told not to). Throws `Refused` when the upgrade is.
  static async connect(port, user, { groups, resume, device, protocols = [], path = '/ws', query = {}, welcome = true,
    timeout = 10_000, headers, tls, deflate = false, from } = {}) {
    const parameters = { ...query };
    if (user !== undefined) parameters.user = user;
    if (groups) parameters.groups = groups.join(',');
    if (resume) parameters.resume = typeof resume === 'string' ? resume : JSON.stringify(resume);
    if (device) parameters.device = device;
    const client = new Client();
    client.name = user;
    // Not URLSearchParams: it writes a space as `+`, which is a character of ids.
    const text = Object.entries(parameters).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
    client.socket = new WebSocket(`${tls ? 'wss' : 'ws'}://127.0.0.1:${port}${path}?${text}`, protocols,
      { perMessageDeflate: deflate, handshakeTimeout: timeout * patience, headers, localAddress: from, ...tls });
    await client.#opened();
    if (welcome) client.welcome = await client.next('welcome', timeout);
    return client;
  }

  #opened() {
    this.#news.setMaxListeners(0);
    const { socket } = this;
    socket.on('message', (bytes, binary) => {
      const text = bytes.toString('utf8');
      let frame;
      try { frame = JSON.parse(text); } catch { frame = { type: 'not JSON', text }; }
      if (binary) frame = { type: 'binary', text };
      this.#raw.set(frame, text);
      this.frames.push(frame);
      this.#news.emit('news');
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#news.emit('news');
    });
    return new Promise((done, fail) => {
      socket.once('open', done);
      socket.on('error', fail);
      socket.once('unexpected-response', (_, answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          socket.terminate();
          fail(new Refused(answer.statusCode, answer.headers, Buffer.concat(parts).toString()));
        });
      });
    });
  }

  /// The text of a frame, and of its `data`, as they came.
  raw_of(frame) { return this.#raw.get(frame); }
  data_text(frame) { return member_text(this.#raw.get(frame), 'data'); }

  /// The oldest frame not taken yet that fits: a type's name, or a predicate. Waits for it.
  async next(fits, timeout = 5000) {
    const predicate = typeof fits === 'string' ? (frame) => frame.type === fits : fits;
    const end = Date.now() + timeout * patience;
    for (;;) {
      const frame = this.frames.find((f) => !this.#taken.has(f) && predicate(f));
      if (frame) {
        this.#taken.add(frame);
        return frame;
      }
      const left = end - Date.now();
      if (left <= 0 || this.closed) {
        const last = this.frames.slice(-5).map((f) => this.raw_of(f).slice(0, 200)).join('\n    ');
        throw new Error(`${this.name}: no frame for ${fits} ${this.closed
          ? `before the close ${JSON.stringify(this.closed)}` : `within ${timeout} ms`}; last frames:\n    ${last}`);
      }
      await this.#wait(left);
    }
  }

  /// The notifications so far, on one channel or on all.
  notifications(channel) {
    return this.frames.filter((f) => f.type === 'notification' && (channel === undefined || f.channel === channel));
  }

  /// Waits until `count` notifications came on the channel and returns them.
  async received(count, channel, timeout = 10_000) {
    const end = Date.now() + timeout * patience;
    while (this.notifications(channel).length < count) {
      const left = end - Date.now();
      if (left <= 0 || this.closed) {
        throw new Error(`${this.name}: ${this.notifications(channel).length} of ${count} notifications on `
          + `${channel ?? 'all channels'} ${this.closed ? `before ${JSON.stringify(this.closed)}` : `within ${timeout} ms`}`);
      }
      await this.#wait(left);
    }
    return this.notifications(channel);
  }

  /// For the rare case without anything to wait for.
  async expect_nothing(ms = 200) {
    const before = this.frames.length;
    await sleep(ms);
    if (this.frames.length > before) {
      throw new Error(`${this.name}: nothing was due, but there came ${this.raw_of(this.frames[before])}`);
    }
  }

  /// The close: {code, reason}.
  async end(timeout = 10_000) {
    const end = Date.now() + timeout * patience;
    while (!this.closed) {
      const left = end - Date.now();
      if (left <= 0) throw new Error(`${this.name}: the connection did not close within ${timeout} ms`);
      await this.#wait(left);
    }
    return this.closed;
  }

  send(message, options) {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message), options);
  }

  /// Sends a message with a `ref` of its own and returns the answer that repeats it.
  async ask(message, timeout) {
    const ref = message.ref ?? `ask-${++Client.#asked}`;
    this.send({ ...message, ref });
    return this.next((frame) => frame.ref === ref, timeout);
  }
  static #asked = 0;

  /// Closes politely and waits for the other side's close.
  async close(timeout = 5000) {
    if (this.closed) return;
    this.socket.close(1000);
    await this.end(timeout);
  }

  /// Cuts the connection, as a dead network does.
  cut() { this.socket.terminate(); }

  /// Until there is news, or that time is over.
  #wait(ms) {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#news.once('news', () => {
        clearTimeout(timer);
        done();
      });
    });
  }
}
