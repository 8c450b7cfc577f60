// A Redis server of one's own, and as much of its protocol as publishing needs.

import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { free_port, start } from './processes.mjs';
import { until, within } from './wait.mjs';

export class Redis {
  /// Starts redis-server on a free port (or the one given): no persistence, unless `keep` asks for an append-only file, which is
  /// then written before each answer, so that a server that is killed loses nothing it answered.
  /// `prepare`: given the server's folder, all of its arguments (a sentinel's, say). `host`: an address to listen on beside 127.0.0.1.
  static async start({ port, keep = false, args = [], host, prepare } = {}) {
    const redis = new Redis();
    redis.port = port ?? await free_port();
    redis.host = host ?? '127.0.0.1';
    redis.folder = await mkdtemp(join(tmpdir(), 'herald-redis-'));
    redis.args = prepare ? await prepare(redis.folder) : ['--port', `${redis.port}`,
      '--bind', '127.0.0.1', ...(host ? [host, '--protected-mode', 'no'] : []), '--dir', redis.folder, '--save', '',
      '--appendonly', keep ? 'yes' : 'no', '--appendfsync', 'always', '--daemonize', 'no', ...args];
    await redis.again();
    return redis;
  }

  get url() { return `redis://${this.host}:${this.port}`; }

  /// Starts the server (again) on its port, with what it kept.
  async again() {
    this.program = start('redis-server', this.args);
    this.frozen = false;
    await until(async () => {
      if (this.program.ended) throw new Error(`redis-server ended: ${this.program.output.slice(-400)}`);
      return (await this.command('PING')) === 'PONG';
    }, { within: 10_000, what: 'redis-server answers' });
  }

  /// Ends it, at once by default; its port then refuses connections.
  async stop(signal = 'SIGKILL') {
    this.#link?.end();
    this.#link = null;
    if (!this.program || this.program.ended) return;
    this.program.signal(signal);
    if (this.frozen) this.program.signal('SIGCONT');
    await within(10_000, this.program.exited, 'the end of redis-server');
  }

  /// Stops it without closing anything: connections stay open and nobody answers.
  freeze() { this.frozen = true; this.program.signal('SIGSTOP'); }
  thaw() { this.frozen = false; this.program.signal('SIGCONT'); }

  async clear() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #link = null;

  /// One command, its arguments text or bytes; errors are thrown.
  async command(...args) {
    if (!this.#link || this.#link.broken) this.#link = await RespLink.connect(this.port);
    return this.#link.command(args);
  }

  /// PUBLISH: how many subscribers Redis handed it to.
  publish(channel, text) { return this.command('PUBLISH', channel, text); }

  /// The channels with a subscriber, sorted.
  async channels(pattern = 'notification:*') { return (await this.command('PUBSUB', 'CHANNELS', pattern)).sort(); }
}

/// One connection that asks and waits for the answers, in order.
class RespLink {
  #buffer = Buffer.alloc(0);
  #waiting = [];
  broken = false;

  static async connect(port) {
    const link = new RespLink();
    link.socket = connect({ host: '127.0.0.1', port });
    await new Promise((done, fail) => link.socket.once('connect', done).once('error', fail));
    link.socket.on('data', (bytes) => link.#read(bytes));
    for (const end of ['error', 'close']) {
      link.socket.on(end, () => {
        link.broken = true;
        for (const one of link.#waiting.splice(0)) one.fail(new Error('the connection to Redis ended'));
      });
    }
    return link;
  }

  command(args) {
    const parts = [`*${args.length}\r\n`];
    for (const arg of args) {
      const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
      parts.push(`$${bytes.length}\r\n`, bytes, '\r\n');
    }
    const answer = new Promise((done, fail) => this.#waiting.push({ done, fail }));
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
    return within(5000, answer, `Redis answers ${args[0]}`).catch((error) => {
      this.end();
      throw error;
    });
  }

  end() { this.broken = true; this.socket.destroy(); }

  #read(bytes) {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    for (let reply; this.#waiting.length && (reply = parse(this.#buffer, 0));) {
      this.#buffer = this.#buffer.subarray(reply.end);
      const { done, fail } = this.#waiting.shift();
      if (reply.value instanceof Error) fail(reply.value);
      else done(reply.value);
    }
  }
}

/// One RESP2 reply at `at`: {value, end}, or undefined while it isn't all there.
function parse(buffer, at) {
  const line_end = buffer.indexOf('\r\n', at);
  if (line_end < 0) return undefined;
  const line = buffer.toString('utf8', at + 1, line_end);
  const next = line_end + 2;
  switch (String.fromCharCode(buffer[at])) {
    case '+': return { value: line, end: next };
    case '-': return { value: new Error(line), end: next };
    case ':': return { value: Number(line), end: next };
    case '$': {
      const n = Number(line);
      if (n < 0) return { value: null, end: next };
      return buffer.length < next + n + 2 ? undefined : { value: buffer.toString('utf8', next, next + n), end: next + n + 2 };
    }
    default: {
      const value = [];
      let end = next;
      for (let i = 0; i < Number(line); ++i) {
        const item = parse(buffer, end);
        if (!item) return undefined;
        value.push(item.value);
        end = item.end;
      }
      return { value, end };
    }
  }
}
