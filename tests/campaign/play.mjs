// One scenario from its start to its row: everybody connected, publishing, then the disturbance, then the account.

import { compare, numbers_in_logs } from '../system/support/redis_logs.mjs';
import { sleep } from '../system/support/wait.mjs';
import { Fleet } from './fleet.mjs';

export const full_size = { users: 200, sessions_per_user: 2, groups: 20, rate: 200, before_ms: 4000, after_ms: 8000, leaving_ms: 20_000 };
export const small_size = { users: 60, sessions_per_user: 1, groups: 6, rate: 100, before_ms: 1500, after_ms: 2500, leaving_ms: 6000 };

/// Plays a scenario. `progress` gets what the load tool says each second. Throws when it could not be played at all.
export async function play(scenario, { size = full_size, progress, settle_s = 30, remote } = {}) {
  const fleet = await Fleet.start({ ...scenario.fleet, remote });
  let result;
  try {
    const tool = await fleet.load({ size, args: scenario.tool, progress, settle_s });
    await sleep(size.before_ms);
    const log_key = (await (await fleet.masters())[0].command('KEYS', 'herald:log:*'))[0];
    await tool.mark('begin');
    let is_over = false;
    const over = async () => {
      if (!is_over) await tool.mark('end');
      is_over = true;
    };
    await scenario.disturb({ nodes: fleet.nodes, redis: fleet.redis, tool, remote, size, log_key, over });
    await over();
    await sleep(size.after_ms);
    const account = await tool.account();
    const redis = compare(account.found, await numbers_in_logs(await fleet.masters(), account.found.run.id));
    result = { ...account, redis, ledgers: await fleet.ledgers() };
  } catch (error) {
    error.message += `\n${fleet.tool?.program.output.slice(-1500) ?? ''}\n${fleet.nodes?.map((node) => `--- ${node.name}\n${node.log_tail(10)}`).join('\n')}`;
    throw error;
  } finally {
    const logs = fleet.logs();
    const wrong = await fleet.clear();
    if (result) Object.assign(result, { wrong: [...result.ledgers, ...wrong], logs });
  }
  return { ...result, row: row_of(scenario, result) };
}

/// What the table shows. `faults`: why the verdict is not "ok".
export function row_of(scenario, { code, found, redis, wrong }) {
  const { publish, deliveries, clients } = found;
  const end = found.marks.find((mark) => mark.name === 'end');
  const row = { scenario: scenario.name, title: scenario.title, accepted: publish.accepted, undecided: publish.undecided, due: deliveries.due,
    delivered: deliveries.delivered, lost: deliveries.lost, excused: deliveries.excused, redis_lost: redis.lost, doubled: deliveries.doubled,
    out_of_order: deliveries.out_of_order, resets: clients.resets, resets_in_vain: clients.resets_in_vain, reconnects: clients.reconnects,
    publish_outage_ms: publish.longest_outage_ms, slowest_publish_ms: publish.slowest_ms, without_connection_ms: clients.longest_without_connection_ms,
    silence_ms: clients.longest_silence_ms, whole_after_ms: end.whole_after_ms };
  const faults = [...wrong, ...(found.aborted ? [found.aborted] : [])];
  const none = (count, what) => { if (count > 0) faults.push(`${count} ${what}`); };
  for (const what of ['lost', 'doubled', 'out_of_order', 'misrouted', 'never_published', 'damaged']) none(deliveries[what], what.replaceAll('_', ' '));
  none(clients.errors, `error frames (${clients.first_error})`);
  none(redis.doubled, 'messages twice in a log');
  none(redis.excused_in_vain, 'messages that Redis has were said to be gone');
  if (!scenario.redis_may_lose) {
    none(redis.lost, 'accepted messages that Redis does not have');
    none(deliveries.excused, 'deliveries given up by a reset');
    none(clients.resets_in_vain, 'resets behind which nothing was missing');
  }
  if (clients.ready !== found.run.sessions) faults.push(`only ${clients.ready} of ${found.run.sessions} clients connected at the end`);
  if (!scenario.felt(row)) faults.push('nobody felt the disturbance');
  if (row.whole_after_ms === null && deliveries.lost === 0) faults.push('never whole again');
  if (code !== 0 && faults.length === 0) faults.push(`the load tool ended with ${code}`);
  return { ...row, faults, verdict: faults.length === 0 ? 'ok' : 'FAILED' };
}
