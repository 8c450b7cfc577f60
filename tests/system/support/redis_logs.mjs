// What Redis has of a run's messages, read from its logs: the judge of who lost something.

/// For each channel of the run (as the load tool calls it: "broadcast", "group:g1", "u7") the numbers in its log, in the log's order.
export async function numbers_in_logs(masters, run_id) {
  const found = new Map();
  const message = new RegExp(`"run":"${run_id}","to":"([^"]+)","n":(\\d+),`);
  for (const redis of masters) {
    for (const key of await redis.command('KEYS', 'herald:log:*')) {
      for (const [, fields] of await redis.command('XRANGE', key, '-', '+')) {
        const ours = message.exec(fields.join(' '));
        if (!ours) continue;
        if (!found.has(ours[1])) found.set(ours[1], []);
        found.get(ours[1]).push(Number(ours[2]));
      }
    }
  }
  return found;
}

/// Compares the logs with the load tool's account.
///   lost    messages that were accepted and are in no log
///   doubled messages that are in a log twice
///   excused_in_vain  messages that clients were told (by a reset) are gone, although the log has them
export function compare(found, logs) {
  const result = { lost: 0, doubled: 0, excused_in_vain: 0, examples: [] };
  const note = (what, channel, n) => {
    ++result[what];
    if (result[what] <= 10) result.examples.push(`Redis, ${what}: channel ${channel}, number ${n}`);
  };
  for (const [channel, { submitted, undecided, excused }] of Object.entries(found.channels)) {
    const kept = logs.get(channel) ?? [];
    const once = new Set(kept);
    const open = new Set(undecided);
    for (let n = 1; n <= submitted; ++n) if (!open.has(n) && !once.has(n)) note('lost', channel, n);
    kept.filter((n, at) => kept.indexOf(n) !== at).forEach((n) => note('doubled', channel, n));
    for (const n of excused) if (once.has(n)) note('excused_in_vain', channel, n);
  }
  return result;
}
