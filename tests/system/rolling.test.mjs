// A small rolling update, as a cluster does it: nobody misses anything, and nobody is moved more often than needed. The whole one, with more clients and
// other balancers, is tests/system/rolling.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare_drain } from '../rolling/foretold.mjs';
import { judge } from '../rolling/judge.mjs';
import { picture } from '../rolling/picture.mjs';
import { text_of } from '../rolling/report.mjs';
import { play_apart } from '../rolling/rolling.mjs';
import { patience } from './support/binaries.mjs';

test('pods are replaced, added, killed and taken away: all that was accepted came once and in order', { timeout: 180_000 * patience }, async () => {
  const played = await play_apart('small', 'leastconn', { small: true });
  const { rows, faults, drains } = played;
  if (faults.length > 0) process.stderr.write(`${text_of(played)}\n${played.text}\n`);
  assert.deepEqual(faults, []);
  const row = (name) => rows.find(({ step }) => step === name);
  for (const { step, accepted, due, once } of rows) {
    assert.ok(accepted > 20, `${step}: ${accepted} accepted`);
    assert.equal(once, due, step);
  }
  const update = row('update-surge-all');
  assert.ok(update.reconnects >= 60, 'everybody has moved');
  assert.ok(update.reconnects < 75, `hardly anybody twice: ${update.reconnects} reconnects of 60 clients`);
  assert.ok(update.silence_p99_ms < 5000 * patience, `a client heard nothing for ${update.silence_p99_ms} ms`);
  assert.ok(row('kill-9').reconnects > 0, 'somebody felt it');
  assert.equal(drains.length, 1);
  assert.match(picture(played), /^<svg[^]*kill-9[^]*<\/svg>\n$/);
});

// -- its own judgement: each check can fail --------------------------------------------------------------------

const plan = { steps: [{ name: 'move', title: 'x', is_even: true }] };

/// An account of one step with ten clients on two pods, with which nothing is wrong.
const flawless = () => ({ code: 0, began: 1000, wrong: [], drains: [], redis: { lost: 0, doubled: 0 }, samples: [{ at: 1000, pods: { a: 5, b: 5 } }],
  found: { run: { sessions: 10 }, aborted: '', publish: {}, clients: { ready: 10, resets: 0, errors: 0 },
    deliveries: { lost: 0, doubled: 0, out_of_order: 0, misrouted: 0, never_published: 0, damaged: 0, excused: 0 },
    marks: [{ name: 'move', at_ms: 0, lasted_ms: 1000, accepted: 5, due: 50, delivered: 50, reconnects: 4, failed_attempts: 0, busiest_second: 4,
      clients_by_reconnects: [6, 4], silence_p50_ms: 100, silence_p99_ms: 200, silence_max_ms: 300 }] } });

test('an account with which nothing is wrong is ok', () => {
  const { faults, rows } = judge(plan, flawless());
  assert.deepEqual(faults, []);
  assert.equal(rows[0].reconnects_per_client, 0.4);
  assert.equal(rows[0].most_by_one, 1);
});

const wrongs = [
  ['a delivery lost', (r) => { r.found.deliveries.lost = 1; }, /1 lost/],
  ['a delivery doubled', (r) => { r.found.deliveries.doubled = 1; }, /1 doubled/],
  ['deliveries out of order', (r) => { r.found.deliveries.out_of_order = 1; }, /1 out of order/],
  ['a delivery of a step that did not come', (r) => { r.found.marks[0].delivered = 49; }, /move: 1 of 50 deliveries/],
  ['a reset', (r) => { r.found.clients.resets = 1; }, /1 resets/],
  ['a message that Redis does not have', (r) => { r.redis.lost = 1; }, /1 accepted messages/],
  ['a client that stays away', (r) => { r.found.clients.ready = 9; }, /only 9 of 10/],
  ['connections that are missing at the end of a step', (r) => { r.samples[0].pods.a = 4; }, /4 \+ 5 connections, not 10/],
  ['a client that is moved twice to make it even', (r) => { r.found.marks[0].clients_by_reconnects = [7, 2, 1]; }, /1 clients were moved more than once/],
  ['an uneven end', (r) => { r.samples[0].pods = { a: 7, b: 3 }; }, /the spread is 7 3/],
  ['a pod that did not end well', (r) => { r.wrong.push('a ended with 1'); }, /a ended with 1/],
  ['a drain that should not have been', (r) => { r.drains.push({ pod: 'a', reasons: ['no other node is live'] }); }, /a speaks against it: no other node/],
];
for (const [what, change, said] of wrongs) {
  test(`the rolling update notices ${what}`, () => {
    const result = flawless();
    change(result);
    const { faults } = judge(plan, result);
    assert.equal(faults.length, 1, faults.join('; '));
    assert.match(faults[0], said);
  });
}

test('a drain is compared with what its dry run said', () => {
  const pods = (a, b, c) => ({ a, b, c });
  const samples = [[0, 100, 50, 50], [900, 100, 50, 50], [1000, 99, 50, 50], [2000, 50, 80, 69], [2900, 0, 90, 100], [3200, 0, 95, 105]]
    .map(([at, ...counts]) => ({ at, pods: pods(...counts) }));
  const foretold = { sessions: 100, reasons: [], window_ms: 2000, reconnects_per_second: 50, nodes: ['b', 'c'].map((name) => (
    { name, connections_now: 50, connections_after: 100, reconnects_per_second: 25 })) };
  const row = compare_drain({ pod: 'a', foretold, began: 100, took: 2900 }, samples);
  assert.deepEqual(row.window_ms, { foretold: 2000, measured: 2000 });
  assert.deepEqual(row.reconnects_per_second, { foretold: 50, measured: 50 });
  assert.deepEqual(row.nodes.map(({ after }) => after.measured), [95, 105]);
  assert.deepEqual(row.nodes.map(({ per_second }) => per_second.measured), [22.5, 27.5]);
});
