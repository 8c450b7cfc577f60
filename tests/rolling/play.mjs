// One plan behind one balancer, from its start to its rows.

import { loadavg } from 'node:os';
import { ChaosTool } from '../system/support/chaos_tool.mjs';
import { Redis } from '../system/support/redis.mjs';
import { compare, numbers_in_logs } from '../system/support/redis_logs.mjs';
import { sleep, until } from '../system/support/wait.mjs';
import { balancers } from './balancers.mjs';
import { admin_port, ClusterNetwork, public_port, service_address } from './cluster_network.mjs';
import { Deployment } from './deployment.mjs';
import { compare_drain } from './foretold.mjs';
import { judge } from './judge.mjs';
import { Watch } from './watch.mjs';

const settings = ({ drain: [delay, window] }) => ['--ping-interval', '2s', '--log-max-entries', '100000', '--log-level', 'info', '--drain-delay', delay,
  '--drain-window', window];

/// Plays it in this process's network, which must be its own. Throws when it could not be played.
export async function play(plan, balancer_name, { size, progress, say = () => {} }) {
  const kept = [];
  const keep = async (starting) => { const thing = await starting; kept.push(thing); return thing; };
  let deployment, result;
  const wrong = [];
  try {
    const network = await keep(ClusterNetwork.start());
    const redis = await keep(Redis.start({ keep: true, host: network.here }));
    const balancer = await keep(balancers[balancer_name].start());
    const watch = new Watch(() => deployment?.running ?? []);
    deployment = new Deployment({ network, balancer, redis, args: [...settings(size), ...(plan.args ?? [])], min_ready_ms: size.min_ready_ms,
      grace_ms: size.grace_ms, on_event: watch.event });
    await deployment.scale(plan.pods);
    const tool = await keep(ChaosTool.start({ doors: [`${service_address}:${public_port}`], wrapper: network.clients.wrapper, size, progress, settle_s: 20,
      duration_s: 3000, publish: Array.from({ length: 4 }, () => `http://${service_address}:${admin_port}`), args: ['--broadcast-every', '100ms'] }));
    const began = await carry_out(plan, { deployment, watch, tool, size, say });
    await watch.end();
    const account = await tool.account();
    const in_redis = compare(account.found, await numbers_in_logs([redis], account.found.run.id));
    result = { ...account, redis: in_redis, began, samples: watch.samples, events: watch.events, load: loadavg()[0],
      drains: deployment.drains.map((each) => compare_drain(each, watch.samples, balancer_name === 'leastconn')), balancer: balancer.title };
  } catch (error) {
    error.message += `\n${kept.at(-1)?.program?.output.slice(-1500) ?? ''}\n${deployment?.running.map(({ node }) => `--- ${node.name}\n${node.log_tail(8)}`).join('\n')}`;
    throw error;
  } finally {
    wrong.push(...await deployment?.clear() ?? []);
    for (const thing of kept.reverse()) await thing.clear().catch((error) => wrong.push(error.message));
  }
  return judge(plan, { ...result, wrong });
}

const everybody_connected = (watch, { users, sessions_per_user }) => until(
  () => Object.values(watch.samples.at(-1).pods).reduce((all, each) => all + each, 0) === users * sessions_per_user, { within: 15_000, what: 'everybody is connected' });

/// All steps, each with a mark for the load tool. Returns when it was that the first one began.
async function carry_out(plan, { deployment, watch, tool, size, say }) {
  await sleep(1000);
  let began;
  for (const step of plan.steps) {
    say(step.title);
    await tool.mark(step.name);
    began ??= Date.now();
    watch.event('step', step.name);
    await step.play({ deployment, watch, tool, size });
    await everybody_connected(watch, size).catch(() => {}); // the judge will say it
    await sleep(size.rest_ms);
  }
  return began;
}
