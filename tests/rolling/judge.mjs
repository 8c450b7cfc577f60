// What is to be said of each step, and what is wrong.

import { is_within_tenth } from './steps.mjs';

const sum = (numbers) => numbers.reduce((all, each) => all + each, 0);
const round = (value, digits = 0) => Math.round(value * 10 ** digits) / 10 ** digits;

/// How connections are spread at the end of a step. A pod that was asked and was too busy to answer at once is not missing: so the last few looks count.
function spread_at(ended, samples, clients) {
  const late = samples.filter(({ at }) => at <= ended);
  const look = late.findLast(({ at, pods }) => at > ended - 5000 && sum(Object.values(pods)) === clients) ?? late.at(-1) ?? samples.at(-1);
  return Object.values(look.pods);
}

function row_of(step, n, { found, samples, began }) {
  const { marks, run } = found;
  const mark = marks[n];
  const ended = began - marks[0].at_ms + mark.at_ms + mark.lasted_ms;
  const spread = spread_at(ended, samples, run.sessions);
  return { step: step.name, title: step.title, seconds: round(mark.lasted_ms / 1000, 1), accepted: mark.accepted, due: mark.due, once: mark.delivered,
    reconnects: mark.reconnects, reconnects_per_client: round(mark.reconnects / run.sessions, 2), most_by_one: mark.clients_by_reconnects.length - 1,
    moved_more_than_once: sum(mark.clients_by_reconnects.slice(2)), failed_attempts: mark.failed_attempts,
    busiest_second: mark.busiest_second, silence_p50_ms: round(mark.silence_p50_ms), silence_p99_ms: round(mark.silence_p99_ms),
    silence_max_ms: round(mark.silence_max_ms), spread };
}

/// The rows, and `faults`: why the verdict is not "ok".
export function judge(plan, result) {
  const { code, found, redis, wrong, drains } = result;
  const { deliveries, clients } = found;
  const rows = plan.steps.map((step, n) => row_of(step, n, result));
  const faults = [...wrong, ...(found.aborted ? [found.aborted] : [])];
  const none = (count, what) => { if (count > 0) faults.push(`${count} ${what}`); };
  for (const what of ['lost', 'doubled', 'out_of_order', 'misrouted', 'never_published', 'damaged', 'excused']) none(deliveries[what], what.replaceAll('_', ' '));
  none(redis.lost, 'accepted messages that Redis does not have');
  none(redis.doubled, 'messages twice in a log');
  none(clients.resets, 'resets');
  none(clients.errors, `error frames (${clients.first_error})`);
  if (clients.ready !== found.run.sessions) faults.push(`only ${clients.ready} of ${found.run.sessions} clients connected at the end`);
  for (const [n, row] of rows.entries()) faults.push(...faults_of(plan.steps[n], row, found.run.sessions));
  // A machine that is too busy to look at a log in time says so, and rightly.
  for (const { pod, reasons } of drains)
    for (const reason of reasons) if (!reason.includes('could not be looked at')) faults.push(`the dry run of ${pod} speaks against it: ${reason}`);
  if (code !== 0 && faults.length === 0) faults.push(`the load tool ended with ${code}`);
  return { ...result, rows, faults };
}

function faults_of(step, row, clients) {
  const faults = [];
  if (row.once !== row.due) faults.push(`${step.name}: ${row.due - row.once} of ${row.due} deliveries did not come once`);
  if (sum(row.spread) !== clients) faults.push(`${step.name}: at its end the pods have ${row.spread.join(' + ')} connections, not ${clients}`);
  else if (step.is_even && !is_within_tenth(row.spread, clients)) faults.push(`${step.name}: the spread is ${row.spread.join(' ')}`);
  if (step.is_even && row.moved_more_than_once > 0) faults.push(`${step.name}: ${row.moved_more_than_once} clients were moved more than once`);
  return faults;
}
