// A small fault campaign: of what is accepted while something breaks, nothing is lost, nothing comes twice, and all is in order.
// The whole campaign is tests/campaign/run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patience } from './support/binaries.mjs';
import { compare } from './support/redis_logs.mjs';
import { play, row_of, small_size } from '../campaign/play.mjs';
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

// -- the campaign's own judgement: each check can fail ---------------------------------------------------------

/// An account of one channel with five messages and one session, with which nothing is wrong.
const flawless = () => ({ run: { sessions: 1 }, aborted: '', marks: [{ name: 'end', whole_after_ms: 0 }],
  channels: { u1: { submitted: 5, undecided: [], excused: [] } }, publish: { accepted: 5, undecided: 0, longest_outage_ms: 10, slowest_ms: 5 },
  deliveries: { due: 5, delivered: 5, lost: 0, excused: 0, doubled: 0, out_of_order: 0, misrouted: 0, never_published: 0, damaged: 0 },
  clients: { ready: 1, resets: 0, resets_in_vain: 0, reconnects: 0, errors: 0, longest_without_connection_ms: 0, longest_silence_ms: 0 } });

function judged({ change = () => {}, log = [1, 2, 3, 4, 5], scenario = {}, wrong = [] }) {
  const found = flawless();
  change(found);
  const redis = compare(found, new Map([['u1', log]]));
  return row_of({ name: 'x', title: 'x', felt: () => true, ...scenario }, { code: 0, found, redis, wrong }).faults;
}

test('an account with which nothing is wrong is ok', () => assert.deepEqual(judged({}), []));

const faults = [
  ['a delivery lost', { change: (f) => { f.deliveries.lost = 1; } }, /1 lost/],
  ['a delivery doubled', { change: (f) => { f.deliveries.doubled = 2; } }, /2 doubled/],
  ['deliveries out of order', { change: (f) => { f.deliveries.out_of_order = 1; } }, /1 out of order/],
  ['a message that Redis does not have', { log: [1, 2, 4, 5] }, /1 accepted messages that Redis does not have/],
  ['a message twice in a log', { log: [1, 2, 3, 3, 4, 5], scenario: { redis_may_lose: true } }, /1 messages twice/],
  ['a delivery given up although the log has it', { change: (f) => { f.channels.u1.excused = [3]; }, scenario: { redis_may_lose: true } }, /1 messages that Redis has/],
  ['a delivery given up where nothing may be', { change: (f) => { f.deliveries.excused = 1; } }, /1 deliveries given up/],
  ['a reset in vain', { change: (f) => { f.clients.resets_in_vain = 1; } }, /1 resets behind which nothing was missing/],
  ['a client that stays away', { change: (f) => { f.clients.ready = 0; } }, /only 0 of 1 clients/],
  ['never whole again', { change: (f) => { f.marks[0].whole_after_ms = null; } }, /never whole again/],
  ['a disturbance that nobody felt', { scenario: { felt: () => false } }, /nobody felt/],
  ['a node that has lost count', { wrong: ['not within 10000 ms: a: the ledger balances: 3 too many are due'] }, /the ledger balances: 3 too many/],
  ['a node that did not end well', { wrong: ['a: a sanitizer found something'] }, /sanitizer/],
];
for (const [what, given, said] of faults) {
  test(`the campaign notices ${what}`, () => {
    const found = judged(given);
    assert.equal(found.length, 1, found.join('; '));
    assert.match(found[0], said);
  });
}

test('what Redis itself lost may be missing, if it was said, and only then', () => {
  const scenario = { redis_may_lose: true };
  assert.deepEqual(judged({ scenario, log: [1, 2, 4, 5], change: (f) => { f.channels.u1.excused = [3]; f.deliveries.excused = 1; f.clients.resets = 1; } }), []);
  assert.match(judged({ scenario, log: [1, 2, 4, 5], change: (f) => { f.deliveries.lost = 1; } })[0], /1 lost/);
  // Undecided messages are nobody's to have.
  assert.deepEqual(judged({ log: [1, 2, 3, 4], change: (f) => { f.channels.u1.undecided = [5]; } }), []);
});
