// One input against a house: what it got, what it cost the node, and what the bystanders noticed.

import { sleep, until } from '../system/support/wait.mjs';
import { wrong_with } from './inputs/all.mjs';

const MiB = 1 << 20;
/// How far the node's memory may go up while an input is sent, and what of that may stay (allocators keep some for the next one).
export const most_growth = 48 * MiB;
export const lasting_growth = 24 * MiB;
/// How long a bystander may hear nothing, and a newcomer wait for its welcome. A machine with other work to do is no news.
export const longest_silence_ms = 2000;
export const longest_welcome_ms = 5000;

/// Samples the node's memory while something happens.
async function watching_memory(house, what) {
  let most = house.pss();
  const timer = setInterval(() => { if (house.alive()) most = Math.max(most, house.pss()); }, 50);
  try {
    return { ...await what(), most: () => most };
  } finally {
    clearInterval(timer);
  }
}

export async function play(input, house, { share, patience }) {
  const before = house.pss();
  const { accepted: first } = await house.ask('begin');
  const begin = Date.now();
  const { answer, note, most } = await watching_memory(house, async () => {
    const got = await input.run(house, { share }).catch((error) => ({ answer: `failed: ${error.message}` }));
    return typeof got === 'string' ? { answer: got } : got;
  });
  const seconds = (Date.now() - begin) / 1000;
  if (seconds < 0.3) await sleep(300 - seconds * 1000);   // long enough for bystanders to notice something
  const seen = await house.ask('end');
  if (!house.alive()) throw new Error(`the node ended during "${input.name}":\n${house.node.log_tail(10)}`);
  const after = await settled_memory(house, before);
  const row = { part: input.part, house: input.house, name: input.name, sent: input.sent, answer, note, seconds,
    memory: { before, most: Math.max(most(), after), after }, bystanders: { due: seen.accepted - first, longest_gap_ms: seen.longest_gap_ms,
      newcomers: seen.newcomers, slowest_newcomer_ms: seen.slowest_newcomer_ms, slowest_publish_ms: seen.slowest_publish_ms } };
  const slack = (value, limit, text) => (value > limit * patience ? [text] : []);
  row.wrong = [...wrong_with(input, row),
    ...seen.faults.map((each) => `bystanders: ${each}`),
    ...(row.memory.most - before > most_growth ? [`memory grew by ${((row.memory.most - before) / MiB).toFixed(1)} MiB for a while`] : []),
    ...(after - before > lasting_growth ? [`${((after - before) / MiB).toFixed(1)} MiB more memory stayed`] : []),
    ...slack(seen.longest_gap_ms, longest_silence_ms, `bystanders heard nothing for ${Math.round(seen.longest_gap_ms)} ms`),
    ...slack(seen.slowest_newcomer_ms, longest_welcome_ms, `a newcomer waited ${Math.round(seen.slowest_newcomer_ms)} ms for its welcome`)];
  return row;
}

/// Memory once what the input left behind is gone; at once when there is nothing.
async function settled_memory(house, before) {
  await until(() => house.pss() - before < MiB, { within: 3000, every: 100 }).catch(() => {});
  return house.pss();
}
