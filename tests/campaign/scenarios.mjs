// What is broken, and how. The time until all is whole again counts from `over()`, or else from the end of `disturb`: what is broken
// for good (a node or a master that is killed) is over at once, and what comes back later must disturb nobody.

import { ClusterRedis, SentinelRedis } from '../system/support/redis_fleets.mjs';
import { sleep, until } from '../system/support/wait.mjs';

/// A master is killed, another one takes over, and the old one comes back as a replica.
async function replace_master(killed, current, over) {
  await killed.stop();
  await over();
  await until(async () => { const now = await current(); return now !== killed && !now.program.ended; }, { within: 30_000, every: 100, what: 'another master' });
  await killed.again();
  await until(async () => (await killed.command('INFO', 'replication')).includes('role:slave'), { within: 30_000, every: 100, what: 'the old master follows' });
}

/// From now on the master's replicas get nothing more: they are thrown out and can't come back, while everybody else stays connected.
async function leave_behind(master) {
  await master.command('CONFIG', 'SET', 'requirepass', 'no replica knows this');
  const thrown_out = await master.command('CLIENT', 'KILL', 'TYPE', 'replica');
  if (thrown_out < 1) throw new Error('the master had no replica');
}

/// The same, with replicas a second behind: what was accepted in it is lost, and clients who were away then must be told.
const behind = (scenario, victim) => ({ ...scenario, name: `${scenario.name}-behind`, title: `${scenario.title}, whose replicas are a second behind; clients leave meanwhile`,
  tool: ['--reconnect-every', '2s'], felt: (row) => row.redis_lost > 0 && row.resets > 0,
  disturb: async (fleet) => {
    await leave_behind(await victim(fleet));
    await sleep(1000);
    await scenario.disturb({ ...fleet, over: () => {} });
    await fleet.tool.calm();
  } });

const sentinel = { name: 'sentinel-failover', title: 'Sentinel: kill -9 of the master', redis_may_lose: true, fleet: { redis: () => SentinelRedis.start() },
  felt: (row) => row.publish_outage_ms > 500,
  disturb: async ({ redis, over }) => replace_master(await redis.master(), () => redis.master(), over) };

const cluster = (mode) => ({ name: `cluster-${mode}`, title: `Cluster (${mode}): kill -9 of a master`, redis_may_lose: true,
  fleet: { redis: () => ClusterRedis.start(), node_args: ['--redis-mode', mode] },
  felt: (row) => row.slowest_publish_ms > 500,
  disturb: async ({ redis, log_key, over }) => replace_master(await redis.master_of(log_key), () => redis.master_of(log_key), over) });

/// name, title, disturb(fleet);  felt(row): did the disturbance reach anybody?
/// fleet: what Fleet.start is given;  tool: more flags for the load tool;
/// own_network: needs root and a network namespace;  redis_may_lose: what Redis itself lost may be missing, if a reset said so.
export const scenarios = [
  { name: 'quiet', title: 'nothing breaks', disturb: () => sleep(5000), felt: () => true },
  { name: 'node-killed', title: 'kill -9 of a node, restarted after 3 s', felt: (row) => row.reconnects > 0,
    disturb: async ({ nodes, over }) => {
      await nodes[1].kill();
      await over();
      await sleep(3000);
      await nodes[1].again();
    } },
  { name: 'redis-restarted', title: 'kill -9 of Redis (appendfsync always), restarted after 3 s', felt: (row) => row.publish_outage_ms > 2500,
    disturb: async ({ redis }) => {
      await redis.stop();
      await sleep(3000);
      await redis.again();
    } },
  { name: 'redis-frozen', title: 'Redis stands still for 20 s', felt: (row) => row.publish_outage_ms > 15_000,
    disturb: async ({ redis }) => {
      redis.freeze();
      await sleep(20_000);
      redis.thaw();
    } },
  { name: 'network-cut', title: 'a node\'s network is cut for 10 s, silently', own_network: true, felt: (row) => row.reconnects > 0,
    disturb: async ({ remote }) => {
      await remote.cut();
      await sleep(10_000);
      await remote.mend();
    } },
  { name: 'clients-leave', title: 'each client leaves about every 3 s and comes back', tool: ['--reconnect-every', '3s'], felt: (row) => row.reconnects > 50,
    disturb: async ({ tool, size }) => {
      await sleep(size.leaving_ms);
      await tool.calm();
    } },
  { name: 'pubsub-killed', title: 'CLIENT KILL TYPE pubsub, five times', felt: () => true,
    disturb: async ({ redis, over }) => {
      for (let n = 0; n < 5; ++n) {
        if (n === 4) await over();
        const killed = await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
        if (killed < 3) throw new Error(`only ${killed} subscribers were there to be killed`);
        await sleep(1500);
      }
    } },
  sentinel,
  behind(sentinel, ({ redis }) => redis.master()),
  cluster('channel'),
  behind(cluster('channel'), ({ redis, log_key }) => redis.master_of(log_key)),
  cluster('sharded'),
];
