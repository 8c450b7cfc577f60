// Bounded waits: a condition is awaited, never slept for.

import { patience } from './binaries.mjs';

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/// Asks again until `probe` gives something truthy, and returns it. A probe that throws counts as "not yet".
export async function until(probe, { within = 5000, every = 20, what = probe.toString() } = {}) {
  const end = Date.now() + within * patience;
  for (;;) {
    let last;
    try {
      const got = await probe();
      if (got) return got;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) {
      throw new Error(`not within ${within * patience} ms: ${what}${last ? ` (${last.message})` : ''}`);
    }
    await sleep(every);
  }
}

/// A promise with a limit.
export function within(limit_ms, promise, what) {
  const ms = limit_ms * patience;
  let timer;
  const limit = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
