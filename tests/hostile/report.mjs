// The table: printed, as Markdown, and as JSON.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expected_text } from './inputs/all.mjs';
import { lasting_growth, longest_silence_ms, longest_welcome_ms, most_growth } from './play.mjs';

const mib = (bytes) => (bytes / (1 << 20)).toFixed(1);
const columns = [
  ['part', (row) => row.part], ['input', (row) => row.name], ['sent', (row) => row.sent], ['answer', (row) => row.answer + (row.note ? ` (${row.note})` : '')],
  ['expected', (row) => row.expected], ['s', (row) => row.seconds.toFixed(2)], ['PSS before', (row) => mib(row.memory.before)],
  ['at most', (row) => mib(row.memory.most)], ['after', (row) => mib(row.memory.after)], ['due', (row) => `${row.bystanders.due}`],
  ['longest gap ms', (row) => `${Math.round(row.bystanders.longest_gap_ms)}`],
  ['newcomer ms', (row) => (row.bystanders.slowest_newcomer_ms ? `${Math.round(row.bystanders.slowest_newcomer_ms)}` : '–')],
  ['verdict', (row) => (row.wrong.length ? 'WRONG' : 'ok')]];
const in_terminal = new Set(['input', 'answer', 's', 'PSS before', 'at most', 'after', 'due', 'longest gap ms', 'newcomer ms', 'verdict']);

export const with_expected = (row, input) => ({ ...row, expected: expected_text(input) + (input.within ? `, after ${input.within[0]}–${input.within[1]} s` : '') });

const shorten = (text, most = 64) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export function as_text(rows) {
  const shown = columns.filter(([title]) => in_terminal.has(title));
  const cells = [shown.map(([title]) => title), ...rows.map((row) => shown.map(([, of]) => shorten(of(row))))];
  const widths = shown.map((_, at) => Math.max(...cells.map((line) => line[at].length)));
  return cells.map((line) => line.map((cell, at) => (at < 2 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ').trimEnd()).join('\n');
}

export function summary(rows, size) {
  const most = (of) => Math.max(...rows.map(of));
  const wrong = rows.filter((row) => row.wrong.length);
  const due = rows.reduce((sum, row) => sum + row.bystanders.due, 0);
  return [`${rows.length} inputs, ${wrong.length} wrong; ${size.bystanders} bystanders got ${due} messages each while they were sent, every one once and in order${
    rows.some((row) => row.wrong.some((text) => text.startsWith('bystanders:'))) ? ' (NOT ALL: see below)' : ''}`,
    `longest gap that one of them saw: ${Math.round(most((row) => row.bystanders.longest_gap_ms))} ms (${size.every_ms} ms apart; bound ${longest_silence_ms} ms); `
      + `slowest newcomer: ${Math.round(most((row) => row.bystanders.slowest_newcomer_ms))} ms (bound ${longest_welcome_ms} ms)`,
    `memory (PSS): most that one input added ${mib(most((row) => row.memory.most - row.memory.before))} MiB (bound ${mib(most_growth)} MiB), most that stayed `
      + `${mib(most((row) => row.memory.after - row.memory.before))} MiB (bound ${mib(lasting_growth)} MiB)`,
    ...wrong.flatMap((row) => row.wrong.map((text) => `WRONG: ${row.name}: ${text}`))].join('\n');
}

const legend = `answer: HTTP status, error code and field; close code and reason; error code of a message; \`cut\`: the connection ended without a word; \`served\`: the session went on and
answered a ping. due: messages of the bystanders' stream while the input was sent; each of them had to get each of these once and in order. longest gap: between two of these at any of them.
newcomer: the longest that somebody who connected just then waited for a welcome. PSS in MiB.`;

export async function write_all(folder, rows, size, load) {
  await mkdir(folder, { recursive: true });
  const escape = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (cells) => `| ${cells.map(escape).join(' | ')} |`;
  await writeFile(join(folder, 'hostile.md'), ['# The hostile table', '', summary(rows, size).replaceAll('\n', '\n\n'), '',
    line(columns.map(([title]) => title)), line(columns.map((_, at) => (at < 5 ? '---' : '--:'))), ...rows.map((row) => line(columns.map(([, of]) => of(row)))), '', legend, ''].join('\n'));
  await writeFile(join(folder, 'hostile.json'), JSON.stringify({ when: new Date().toISOString(), size, load_average: load,
    bounds: { most_growth, lasting_growth, longest_silence_ms, longest_welcome_ms }, rows }, null, 1));
}
