// How many connections each pod has, ten times a second.

import { sleep } from '../system/support/wait.mjs';

const every = 100;

/// A second. A time shorter than a sample is not known better than that.
export const watch_rate = (count, ms) => Math.round(count * 10_000 / Math.max(every, ms)) / 10;

export class Watch {
  samples = [];   // {at, pods: {name: connections}}; at: the clock's milliseconds
  events = [];    // {at, what, pod}

  constructor(deployment) {
    this.deployment = deployment;
    this.#running = this.#run();
  }
  #running;
  #goes_on = true;

  event = (what, pod) => { this.events.push({ at: Date.now(), what, pod }); };

  async #run() {
    for (; this.#goes_on; await sleep(every)) {
      const at = Date.now();
      const pods = {};
      await Promise.all(this.deployment().map(async ({ name, node }) => {
        const said = await node.get('/admin/drain', { timeout: 1000 }).catch(() => null);
        if (said?.status === 200) pods[name] = said.json.sessions_left;
      }));
      this.samples.push({ at, pods });
    }
  }

  async end() {
    this.#goes_on = false;
    await this.#running;
  }
}
