// Sends every input to its house, one after the other, and shows what came of it. Started by `run`, which says what the arguments are.

import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { patience } from '../system/support/binaries.mjs';
import { House } from './house.mjs';
import { inputs, part_names } from './inputs/all.mjs';
import { play } from './play.mjs';
import { as_text, summary, with_expected, write_all } from './report.mjs';

const out = fileURLToPath(new URL('../../out/hostile', import.meta.url));

function parse(words) {
  const given = { parts: [], share: 1, size: { bystanders: 50, every_ms: 50 } };
  while (words.length) {
    const word = words.shift();
    if (word === '--small') Object.assign(given, { share: 0.1, size: { bystanders: 10, every_ms: 50 } });
    else if (word === '--list') given.list = true;
    else if (word === '--only' && words.length) given.only = words.shift();
    else if (part_names.includes(word)) given.parts.push(word);
    else throw new Error(`no such part or flag: ${word} (parts: ${part_names.join(', ')})`);
  }
  given.chosen = inputs.filter(({ part, name }) => (given.parts.length === 0 || given.parts.includes(part)) && (!given.only || name.includes(given.only)));
  if (given.chosen.length === 0) throw new Error(`no input has "${given.only}" in its name (--list shows them)`);
  return given;
}

/// All inputs of one kind of house, against one node.
async function visit(kind, given, rows) {
  const chosen = given.chosen.filter(({ house }) => house === kind);
  if (chosen.length === 0) return;
  console.log(`hostile: ${chosen.length} inputs for the ${kind} house`);
  const house = await House.start(kind, given.size);
  try {
    for (const input of chosen) {
      const row = with_expected(await play(input, house, { share: given.share, patience }), input);
      rows.push(row);
      console.log(`  ${row.wrong.length ? 'WRONG' : 'ok   '} ${input.part}: ${input.name}: ${row.answer}${row.note ? ` (${row.note})` : ''}`);
      for (const text of row.wrong) console.log(`        ${text}`);
    }
    await house.settle();
  } finally {
    await house.clear();
  }
}

async function main() {
  const given = parse(process.argv.slice(2));
  if (given.list) {
    for (const { part, house, name, sent } of given.chosen) console.log(`${part.padEnd(11)} ${house.padEnd(8)} ${name}: ${sent}`);
    return 0;
  }
  const rows = [];
  for (const kind of new Set(given.chosen.map(({ house }) => house))) await visit(kind, given, rows);
  await write_all(out, rows, given.size, loadavg());
  console.log(`\n${as_text(rows)}\n\n${summary(rows, given.size)}\nload average: ${loadavg().map((each) => each.toFixed(1)).join(' ')}`
    + '\nwritten: out/hostile/hostile.md, hostile.json');
  return rows.some((row) => row.wrong.length) ? 1 : 0;
}

main().then((code) => process.exit(code), (error) => {
  console.error(`hostile: ${error.message}`);
  process.exit(2);
});
