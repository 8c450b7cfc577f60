// A small fault campaign: of what is accepted while something breaks, nothing is lost, nothing comes twice, and all is in order.
// The whole campaign is tests/campaign/run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patience } from './support/binaries.mjs';
import { play, small_size } from '../campaign/play.mjs';
import { scenarios } from '../campaign/scenarios.mjs';

for (const name of ['node-killed', 'redis-restarted', 'pubsub-killed', 'clients-leave']) {
  const scenario = scenarios.find((each) => each.name === name);
  test(`${scenario.title}: all that was accepted came once and in order`, { timeout: 90_000 * patience }, async () => {
    const { row, text, logs } = await play(scenario, { size: small_size, settle_s: 15 });
    if (row.verdict !== 'ok') process.stderr.write(`${text}\n${logs.slice(-20_000)}\n`);
    assert.deepEqual(row.faults, []);
    assert.ok(row.accepted > 200, `${row.accepted} accepted`);
    assert.equal(row.delivered, row.due);
    assert.ok(row.whole_after_ms < 10_000 * patience, `whole again after ${row.whole_after_ms} ms`);
  });
}
