// The campaign's table: printed, as Markdown, and as JSON with all that the load tool found.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ms = (value) => (value === null ? 'never' : `${Math.round(value)}`);
const columns = [
  ['scenario', (row) => row.scenario], ['accepted', (row) => row.accepted], ['due', (row) => row.due], ['once', (row) => row.delivered],
  ['lost', (row) => row.lost], ['doubled', (row) => row.doubled], ['out of order', (row) => row.out_of_order],
  ['lost by Redis', (row) => row.redis_lost], ['said by reset', (row) => row.excused],
  ['resets (in vain)', (row) => `${row.resets} (${row.resets_in_vain})`], ['reconnects', (row) => row.reconnects],
  ['publish outage ms', (row) => ms(row.publish_outage_ms)], ['client silence ms', (row) => ms(row.silence_ms)],
  ['whole after ms', (row) => ms(row.whole_after_ms)], ['verdict', (row) => row.verdict]];

const legend = `accepted: publishes answered 202. due: deliveries of these, one for each session. once: of these, delivered exactly once. lost by Redis:
accepted messages that are in no log at the end. said by reset: deliveries that a client was told are gone. in vain: resets behind which nothing was
missing. publish outage: the longest time without an accepted publish. client silence: the longest time from a client's last byte before its connection
ended to its next welcome. whole after: from the end of the disturbance (of a
kill: the kill) to the last delivery of what was late by more than half a second, or was on its way then.`;

export function as_text(rows) {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, of]) => `${of(row)}`))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at].length)));
  return cells.map((line) => line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ')).join('\n');
}

export function as_markdown(rows, size) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return ['# The fault campaign', '',
    `${size.users} users with ${size.sessions_per_user} sessions each, ${size.groups} groups, three nodes behind haproxy, ${size.rate} durable publishes a second `
      + '(80 % to a user, 15 % to a group, 5 % to everybody), each with an id and tried again until it was accepted.', '',
    line(columns.map(([title]) => title)), line(columns.map((_, at) => (at === 0 ? '---' : '--:'))),
    ...rows.map((row) => line(columns.map(([, of]) => of(row)))), '', legend, '',
    '## Scenarios', '', ...rows.map((row) => `- **${row.scenario}**: ${row.title}${row.faults.length ? `. FAILED: ${row.faults.join('; ')}` : ''}`), ''].join('\n');
}

export async function write_all(folder, played, size) {
  await mkdir(folder, { recursive: true });
  const rows = played.map((each) => each.row);
  await writeFile(join(folder, 'campaign.md'), as_markdown(rows, size));
  await writeFile(join(folder, 'campaign.json'), JSON.stringify({ when: new Date().toISOString(), size, rows,
    results: played.map(({ row, found, redis }) => ({ scenario: row.scenario, found, redis })) }, null, 1));
  for (const { row, text, logs } of played) {
    if (text) await writeFile(join(folder, `${row.scenario}.txt`), `${text}\n${logs}\n`);
  }
}
