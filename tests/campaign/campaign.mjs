// Plays scenarios one after the other and shows what came of them. Started by `run`, which says what the arguments are.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { in_own_network, Remote } from '../system/support/network.mjs';
import { full_size, play, small_size } from './play.mjs';
import { as_text, write_all } from './report.mjs';
import { scenarios } from './scenarios.mjs';

const out = fileURLToPath(new URL('../../out/campaign', import.meta.url));

function parse(words) {
  const given = { names: [], size: full_size };
  while (words.length) {
    const word = words.shift();
    if (word === '--small') given.size = small_size;
    else if (word === '--list') given.list = true;
    else if (word === '--inside') given.inside = words.shift();
    else if (scenarios.some(({ name }) => name === word)) given.names.push(word);
    else throw new Error(`no such scenario or flag: ${word} (--list shows them)`);
  }
  given.chosen = scenarios.filter(({ name }) => given.names.length === 0 || given.names.includes(name));
  return given;
}

/// Plays it in a process that has a network of its own.
const play_apart = (scenario, size) => in_own_network(fileURLToPath(import.meta.url), [...(size === small_size ? ['--small'] : []), scenario.name]);

async function play_inside(scenario, options, file) {
  const remote = await Remote.start();
  try {
    await writeFile(file, JSON.stringify(await play(scenario, { ...options, remote })));
  } finally {
    await remote.clear();
  }
}

const failed = (scenario, error) => ({ row: { scenario: scenario.name, title: scenario.title, faults: [error.message.split('\n')[0]], verdict: 'FAILED',
  ...Object.fromEntries(['accepted', 'due', 'delivered', 'lost', 'doubled', 'out_of_order', 'redis_lost', 'excused', 'resets', 'resets_in_vain',
    'reconnects', 'publish_outage_ms', 'silence_ms', 'whole_after_ms'].map((key) => [key, NaN])) } });

async function main() {
  const given = parse(process.argv.slice(2));
  if (given.list) {
    for (const { name, title } of scenarios) console.log(`${name.padEnd(20)} ${title}`);
    return 0;
  }
  const options = { size: given.size, progress: (text) => process.stderr.write(text.replace(/^/gm, '  ').trimEnd() + '\n') };
  if (given.inside) {
    await play_inside(given.chosen[0], options, given.inside);
    return 0;
  }
  const played = [];
  for (const [n, scenario] of given.chosen.entries()) {
    console.log(`campaign: ${n + 1} of ${given.chosen.length}: ${scenario.name}: ${scenario.title}`);
    try {
      played.push(await (scenario.own_network ? play_apart(scenario, given.size) : play(scenario, options)));
      console.log(played.at(-1).text);
    } catch (error) {
      console.log(error.message);
      played.push(failed(scenario, error));
    }
    for (const fault of played.at(-1).row.faults) console.log(`campaign: ${scenario.name}: FAILED: ${fault}`);
    await write_all(out, played, given.size);
  }
  const rows = played.map((each) => each.row);
  console.log(`\n${as_text(rows)}\n\nwritten: out/campaign/campaign.md, campaign.json, and the nodes' logs beside them`);
  return rows.every((row) => row.verdict === 'ok') ? 0 : 1;
}

main().then((code) => process.exit(code), (error) => {
  console.error(`campaign: ${error.message}`);
  process.exit(2);
});
