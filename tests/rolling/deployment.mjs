// Pods, and what a cluster does with them: it starts them, sends clients to those that are ready, and ends them with SIGTERM.

import { Herald } from '../system/support/herald.mjs';
import { sleep, until } from '../system/support/wait.mjs';
import { admin_port, pod_address, public_port } from './cluster_network.mjs';
import { foretell } from './foretold.mjs';

const probe_every = 250;
const failures_until_out = 2;
const endpoints_lag = 500;   // from SIGTERM until balancers hear of it

const outside_loopback = ['--insecure-listen-without-auth', 'true', '--insecure-admin-listen-without-auth', 'true'];

/// `pods`: those that are to serve; whoever ends is taken out at once. `ended`: all that are gone.
export class Deployment {
  pods = [];
  leaving = [];
  ended = [];
  drains = [];
  #started = 0;
  #served = '';
  #telling = Promise.resolve();   // one after the other
  #probing = true;

  constructor({ network, balancer, redis, args, min_ready_ms, grace_ms, on_event }) {
    Object.assign(this, { network, balancer, redis, args, min_ready_ms, grace_ms, on_event });
    this.probes = this.#probe().catch((error) => { this.broken = error; });
  }

  /// All pods that run.
  get running() { return [...this.pods, ...this.leaving]; }

  // -- what a cluster does by itself ---

  async #probe() {
    for (; this.#probing; await sleep(probe_every)) {
      await Promise.all(this.pods.map(async (pod) => {
        const is_ready = await pod.node.get('/readyz', { timeout: 1000 }).then(({ status }) => status === 200, () => false);
        pod.failures = is_ready ? 0 : pod.failures + 1;
        if (is_ready || pod.failures >= failures_until_out) pod.ready = is_ready;
      }));
      await this.#tell_balancer();
    }
  }

  async #tell_balancer() {
    this.#telling = this.#telling.then(async () => {
      const addresses = this.running.filter((pod) => pod.ready).map((pod) => pod.address).sort();
      if (addresses.join() === this.#served) return;
      await this.balancer.send_to(addresses);
      this.#served = addresses.join();
    });
    await this.#telling;
  }

  // -- what it is told to do ---

  /// Starts a pod, and waits until it has been ready for long enough to count.
  async start_pod() {
    const n = this.#started++;
    const pod = { name: `pod-${n + 1}`, address: pod_address(n), ready: false, failures: 0 };
    pod.place = await this.network.pod(n);
    pod.node = await Herald.start({ name: pod.name, host: pod.address, public_port, admin_port, redis: this.redis.url, wrapper: pod.place.wrapper,
      args: [...this.args, ...outside_loopback], listening: false });
    this.pods.push(pod);
    await pod.node.listening();
    await until(() => pod.ready, { within: 20_000, what: `${pod.name} is ready` });
    this.on_event('start', pod.name);
    await sleep(this.min_ready_ms);
    return pod;
  }

  /// SIGTERM now; balancers hear of it a little later; and it has to be gone, with 0, within the grace period.
  async end_pod(pod, { foresee = true } = {}) {
    const drain = foresee ? await foretell(pod) : null;
    this.pods.splice(this.pods.indexOf(pod), 1);
    this.leaving.push(pod);
    this.on_event('SIGTERM', pod.name);
    const began = Date.now();
    pod.node.program.signal('SIGTERM');
    const out = sleep(endpoints_lag).then(() => {
      pod.ready = false;
      return this.#tell_balancer();
    }).catch((error) => { this.broken ??= error; });
    await pod.node.ended(this.grace_ms).catch((error) => { throw new Error(`${error.message}\n${pod.node.log_tail(5)}`); });
    const took = Date.now() - began;
    await out;
    await pod.place.clear();
    this.leaving.splice(this.leaving.indexOf(pod), 1);
    this.ended.push(pod);
    if (drain) this.drains.push({ ...drain, began, took });
  }

  /// With `surge` 1: one new pod, then one old one goes, and so on. With "all": all new ones first.
  async roll({ surge }) {
    const old = [...this.pods];
    if (surge === 'all') {
      await Promise.all(old.map(() => this.start_pod()));
      await Promise.all(old.map((pod) => this.end_pod(pod, { foresee: false })));
      return;
    }
    for (const pod of old) {
      await this.start_pod();
      await this.end_pod(pod);
    }
  }

  async scale(to) {
    await Promise.all(Array.from({ length: Math.max(0, to - this.pods.length) }, () => this.start_pod()));
    while (this.pods.length > to) await this.end_pod(this.pods.at(-1));
  }

  /// A pod dies; balancers find out by their probes; and a second later it is started again in its place.
  async kill_one() {
    const pod = this.pods[0];
    this.on_event('kill -9', pod.name);
    await pod.node.kill();
    await until(() => !pod.ready, { within: 10_000, what: `${pod.name} is known to be dead` });
    await sleep(1000);
    await pod.node.again({ ready: false });
    await until(() => pod.ready, { within: 20_000, what: `${pod.name} is ready again` });
    this.on_event('start', pod.name);
  }

  /// Ends all of it. What did not end well is returned as text.
  async clear() {
    this.#probing = false;
    await this.probes;
    const wrong = this.broken ? [this.broken.message] : [];
    for (const pod of [...this.running, ...this.ended]) await pod.node?.clear().catch((error) => wrong.push(error.message));
    for (const pod of this.running) await pod.place.clear();
    return wrong;
  }
}
