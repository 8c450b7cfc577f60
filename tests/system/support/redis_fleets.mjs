// Several Redis servers that stand in for each other: a master with replicas and sentinels, and a cluster.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { free_port, run } from './processes.mjs';
import { Redis } from './redis.mjs';
import { until } from './wait.mjs';

const numbers = (count) => Array.from({ length: count }, (_, n) => n);
const clear_all = async (servers) => { for (const one of servers) await one.clear(); };
const at_once = ['--repl-diskless-sync-delay', '0'];   // a replica is served at once, not after 5 s
const info = async (redis, section) => Object.fromEntries((await redis.command('INFO', section)).split('\r\n').map((line) => line.split(/:(.*)/)));

/// How many replicas have all that the master has, and get what follows.
const followers = async (master) => Object.values(await info(master, 'replication')).filter((value) => /\bstate=online\b/.test(value)).length;

/// One master, two replicas, three sentinels who agree with two voices after a second of silence.
export class SentinelRedis {
  name = 'herald';

  static async start() {
    const fleet = new SentinelRedis();
    const master = await Redis.start({ keep: true, args: at_once });
    const follow = ['--replicaof', '127.0.0.1', `${master.port}`, ...at_once];
    fleet.servers = [master, await Redis.start({ keep: true, args: follow }), await Redis.start({ keep: true, args: follow })];
    fleet.sentinels = [];
    for (const _ of numbers(3)) fleet.sentinels.push(await fleet.#sentinel(master));
    await until(async () => await followers(master) === 2, { within: 20_000, what: 'two replicas follow' });
    for (const sentinel of fleet.sentinels) {
      await until(async () => {
        const state = (await sentinel.command('SENTINEL', 'MASTER', fleet.name)).join(' ');
        return /num-slaves 2\b/.test(state) && /num-other-sentinels 2\b/.test(state) && /flags master /.test(state);
      }, { within: 20_000, what: 'the sentinels know each other and the replicas' });
    }
    return fleet;
  }

  async #sentinel(master) {
    const port = await free_port();
    return Redis.start({ port, prepare: async (folder) => {
      const file = join(folder, 'sentinel.conf');
      await writeFile(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, `sentinel monitor ${this.name} 127.0.0.1 ${master.port} 2`,
        `sentinel down-after-milliseconds ${this.name} 1000`, `sentinel failover-timeout ${this.name} 5000`, ''].join('\n'));
      return [file, '--sentinel'];
    } });
  }

  get url() { return `redis+sentinel://${this.sentinels.map((each) => `127.0.0.1:${each.port}`).join(',')}/${this.name}`; }

  /// The server that the sentinels call the master.
  async master() {
    const [, port] = await this.sentinels[0].command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name);
    return this.servers.find((each) => each.port === Number(port));
  }

  async masters() { return [await this.master()]; }
  clear() { return clear_all([...this.sentinels, ...this.servers]); }
}

/// Three masters with a replica each.
export class ClusterRedis {
  static async start() {
    const fleet = new ClusterRedis();
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--cluster-replica-validity-factor', '0', ...at_once];
    fleet.servers = [];
    for (const _ of numbers(6)) fleet.servers.push(await Redis.start({ keep: true, args: [...args, '--cluster-port', `${await free_port()}`] }));
    const addresses = fleet.servers.map((each) => `127.0.0.1:${each.port}`);
    const made = await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'], { timeout: 60_000 });
    if (made.code !== 0) throw new Error(`the cluster could not be made: ${made.output}`);
    for (const server of fleet.servers) {
      await until(async () => /cluster_state:ok/.test(await server.command('CLUSTER', 'INFO')), { within: 20_000, what: 'the cluster is well' });
    }
    await until(async () => (await Promise.all((await fleet.masters()).map(followers))).join() === '1,1,1',
      { within: 20_000, what: 'every master has its replica' });
    return fleet;
  }

  get url() { return `redis+cluster://${this.servers.map((each) => `127.0.0.1:${each.port}`).join(',')}`; }

  /// The servers that are masters and answer now.
  async masters() {
    const found = [];
    for (const each of this.servers) {
      if (!each.program.ended && (await info(each, 'replication')).role === 'master') found.push(each);
    }
    return found;
  }

  /// The master whose slot a key is in.
  async master_of(key) {
    const alive = this.servers.find((each) => !each.program.ended);
    const slot = await alive.command('CLUSTER', 'KEYSLOT', key);
    const range = (await alive.command('CLUSTER', 'SLOTS')).find(([first, last]) => first <= slot && slot <= last);
    return this.servers.find((each) => each.port === range[2][1]);
  }

  clear() { return clear_all(this.servers); }
}
