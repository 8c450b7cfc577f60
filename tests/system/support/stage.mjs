// A scenario: one test with the processes and clients it needs, all of them gone when it ends.

import { test } from 'node:test';
import { patience } from './binaries.mjs';
import { Client } from './client.mjs';
import { Haproxy } from './haproxy.mjs';
import { Herald } from './herald.mjs';
import { Raw, raw_websocket } from './raw.mjs';
import { Redis } from './redis.mjs';

/// Starts things for one test. Everything it started is stopped at the end; a node that then does not exit with 0,
/// or in whose output a sanitizer found something, fails the test.
class Stage {
  #nodes = [];
  #redis = [];
  #clients = [];
  #cleanups = [];

  async herald(options) {
    const node = await this.#keep(Herald.start({ ...options, listening: false }));
    if (options?.listening !== false) {
      await node.listening();
      if (options?.ready !== false) await node.ready();
    }
    return node;
  }
  async #keep(starting) {
    const node = await starting;
    this.#nodes.push(node);
    return node;
  }

  async redis(options) {
    const redis = await Redis.start(options);
    this.#redis.push(redis);
    return redis;
  }

  /// A load balancer in front of the nodes, with the ports of a node.
  async haproxy(nodes, options) {
    const proxy = await Haproxy.start(nodes, options);
    this.#cleanups.push(() => proxy.clear());
    return proxy;
  }

  /// A client of the node, or of whatever else has a `public_port`.
  async connect(node, user, options) {
    const client = await Client.connect(node.public_port, user, { tls: node.tls, ...options });
    this.#clients.push(client);
    return client;
  }

  async raw(port, options) {
    const raw = await Raw.connect(port, options);
    this.#cleanups.push(() => raw.destroy());
    return raw;
  }

  async raw_websocket(node, user, options) {
    const raw = await raw_websocket(node.public_port, user, { tls: node.tls, ...options });
    this.#cleanups.push(() => raw.destroy());
    return raw;
  }

  at_end(cleanup) { this.#cleanups.push(cleanup); }

  async clear() {
    const wrong = [];
    const attempt = (thing) => Promise.resolve().then(thing).catch((error) => wrong.push(error));
    for (const client of this.#clients) client.cut();
    for (const cleanup of this.#cleanups.reverse()) await attempt(cleanup);
    for (const node of this.#nodes) if (node.alive() && !node.frozen) await attempt(() => node.ledger_balances());
    await Promise.all(this.#nodes.map((node) => attempt(() => node.clear())));
    for (const redis of this.#redis) await attempt(() => redis.clear());
    return wrong;
  }

  logs() { return this.#nodes.map((node) => `--- ${node.name}: end of its log\n${node.log_tail()}\n`).join(''); }
}

/// A test with a stage. When it fails, the ends of its nodes' logs are shown.
export function scenario(name, body, { timeout = 90_000 } = {}) {
  test(name, { timeout: timeout * patience }, async () => {
    const stage = new Stage();
    let failure;
    try {
      await body(stage);
    } catch (error) {
      failure = error;
    }
    const wrong = await stage.clear();
    failure ??= wrong[0];
    if (!failure) return;
    process.stderr.write(`\nfailed: ${name}\n${stage.logs()}`);
    throw failure;
  });
}

/// Insists that the node serves a new client from end to end.
export async function works(s, node, redis) {
  const name = `probe-${Math.random()}`;
  const client = await s.connect(node, name);
  await node.accept({ user: name }, 'over HTTP');
  await client.next((f) => f.data === 'over HTTP');
  if (redis) {
    await redis.publish(`notification:${name}`, '"over Redis"');
    await client.next((f) => f.data === 'over Redis');
  }
  await client.close();
}
