// What a scenario runs on: Redis of some shape, three nodes, a balancer, and the load tool in front. All of it is gone at the end.

import { Haproxy } from '../system/support/haproxy.mjs';
import { Herald } from '../system/support/herald.mjs';
import { Redis } from '../system/support/redis.mjs';
import { ChaosTool } from '../system/support/chaos_tool.mjs';

// Short pings: a client that is cut off silently finds out after 2.5 of them. Logs are longer than any run.
const settings = ['--ping-interval', '2s', '--log-max-entries', '100000', '--log-level', 'info'];

const outside_loopback = ['--insecure-listen-without-auth', 'true', '--insecure-admin-listen-without-auth', 'true'];

export class Fleet {
  #things = [];

  /// `redis`: something with a `url` and `masters()`, or nothing for one server with an append-only file.
  /// `remote`: a network of its own for node c.
  static async start({ redis, remote, node_args = [] } = {}) {
    const fleet = new Fleet();
    try {
      fleet.redis = redis ? await fleet.keep(redis()) : await fleet.keep(Redis.start({ keep: true, host: remote?.here }));
      const far = { host: remote?.there, wrapper: remote?.wrapper, args: [...settings, ...node_args, ...outside_loopback] };
      const near = { args: [...settings, ...node_args] };
      fleet.nodes = await Promise.all(['a', 'b', 'c'].map((name) => fleet.keep(
        Herald.start({ name, redis: fleet.redis.url, ...(remote && name === 'c' ? far : near) }))));
      fleet.proxy = await fleet.keep(Haproxy.start(fleet.nodes));
    } catch (error) {
      await fleet.clear();
      throw error;
    }
    return fleet;
  }

  async keep(starting) {
    const thing = await starting;
    this.#things.push(thing);
    return thing;
  }

  async load(options) {
    this.tool = await this.keep(ChaosTool.start({ doors: [`127.0.0.1:${this.proxy.public_port}`],
      publish: this.nodes.map((node) => `http://${node.host}:${node.admin_port}`), ...options }));
    return this.tool;
  }

  /// The servers that have the logs.
  masters() { return this.redis.masters?.() ?? [this.redis]; }

  logs() { return this.nodes.map((node) => `--- ${node.name}\n${node.log}`).join('\n'); }

  /// Whether every notification is accounted for on each node that runs, now that the clients are gone. What is wrong, as text.
  async ledgers() {
    const wrong = [];
    for (const node of this.nodes.filter((each) => each.alive() && !each.frozen)) {
      await node.ledger_balances().catch(async (error) => wrong.push(`${error.message}: ${await node.ledger_gap().catch(() => 'nobody knows how many')} too many are due`));
    }
    return wrong;
  }

  /// Ends all. A node that did not end well, or in whose output a sanitizer found something, is a fault: returned as text.
  async clear() {
    const wrong = [];
    for (const thing of this.#things.reverse()) await thing.clear().catch((error) => wrong.push(error.message));
    return wrong;
  }
}
