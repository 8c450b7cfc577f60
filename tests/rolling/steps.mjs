// What happens to the fleet, one step after the other, while everybody is connected and publishing goes on.

import { sleep, until } from '../system/support/wait.mjs';

export const full_size = { users: 300, sessions_per_user: 2, groups: 20, rate: 150, pods: 4, min_ready_ms: 2000, drain: ['2s', '40s'], grace_ms: 30_000, rest_ms: 3000,
  quiet_ms: 8000 };
export const small_size = { users: 30, sessions_per_user: 2, groups: 6, rate: 60, pods: 3, min_ready_ms: 300, drain: ['1s', '5s'], grace_ms: 20_000, rest_ms: 700,
  quiet_ms: 1500 };

const roll = (surge) => ({ name: `update-surge-${surge}`, title: surge === 1 ? 'rolling update, one new pod at a time (maxSurge 1)' : 'rolling update, all new pods first (maxSurge 100 %)',
  play: ({ deployment }) => deployment.roll({ surge }) });

const scale = (from, to) => ({ name: `scale-${from}-to-${to}`, title: `scaled from ${from} to ${to}`, play: ({ deployment }) => deployment.scale(to) });

const kill = { name: 'kill-9', title: 'kill -9 of a pod, back a second after it was missed', is_sudden: true, play: ({ deployment }) => deployment.kill_one() };

const quiet = { name: 'quiet', title: 'nothing happens', play: ({ size }) => sleep(size.quiet_ms) };

/// Whether each pod's share of all clients is within 10 % of the mean.
export const is_within_tenth = (pods, clients) => pods.every((count) => Math.abs(count - clients / pods.length) <= clients / pods.length / 10);

/// Three looks of a node at the fleet.
const settled_ms = 6_500;

/// Five nodes, two of them fresh and empty: those that have too many send some elsewhere by themselves.
const skew = { name: 'rebalance', title: 'two fresh pods beside three, rebalance=true', is_even: true,
  play: async ({ deployment, watch, size }) => {
    await deployment.scale(5);
    const clients = size.users * size.sessions_per_user;
    let even_since;
    await until(() => {
      const now = Object.values(watch.samples.at(-1).pods);
      const is_even = now.length === 5 && is_within_tenth(now, clients);
      even_since = is_even ? even_since ?? Date.now() : undefined;
      return is_even && Date.now() - even_since > settled_ms;
    }, { within: 120_000, every: 250, what: 'every pod has within 10 % of the mean, and it stays so' });
  } };

/// steps; pods: how many there are at first; args: more settings. Their names are what the command line takes.
export const plans = {
  update: { balancers: ['leastconn', 'random'], pods: 4, steps: [quiet, roll(1), roll('all'), scale(4, 3), scale(3, 5), kill, scale(5, 4)] },
  rebalance: { balancers: ['leastconn'], pods: 3, steps: [quiet, skew],
    args: ['--rebalance', 'true', '--rebalance-rate', '20', '--rebalance-min-age', '5s', '--rebalance-tolerance', '5'] },
  small: { balancers: ['leastconn'], pods: 3, steps: [quiet, roll('all'), scale(3, 4), kill, scale(4, 3)] },
};
