// Plays plans and shows what came of them. Started by tests/system/rolling, which says what the arguments are.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { in_own_network } from '../system/support/network.mjs';
import { picture } from './picture.mjs';
import { play } from './play.mjs';
import { markdown_of, text_of } from './report.mjs';
import { full_size, plans, small_size } from './steps.mjs';

const here = fileURLToPath(import.meta.url);
const out = fileURLToPath(new URL('../../out/rolling', import.meta.url));

/// Plays a plan behind a balancer, in a network of its own.
export const play_apart = (plan, balancer, { small = false } = {}) => in_own_network(here, [...(small ? ['--small'] : []), plan, balancer]);

function parse(words) {
  const given = { size: full_size, plans: [], balancers: [] };
  while (words.length) {
    const word = words.shift();
    if (word === '--small') given.size = small_size;
    else if (word === '--inside') given.inside = words.shift();
    else if (word in plans) given.plans.push(word);
    else if (['leastconn', 'random'].includes(word)) given.balancers.push(word);
    else throw new Error(`no such plan, balancer or flag: ${word}`);
  }
  if (given.plans.length === 0) given.plans = given.size === small_size ? ['small'] : ['update', 'rebalance'];
  return given;
}

async function write(name, played) {
  await mkdir(out, { recursive: true });
  const { text, ...rest } = played;
  await writeFile(join(out, `${name}.md`), markdown_of(name, played));
  await writeFile(join(out, `${name}.svg`), picture(played));
  await writeFile(join(out, `${name}.json`), JSON.stringify(rest));
  await writeFile(join(out, `${name}.txt`), text);
}

async function main() {
  const given = parse(process.argv.slice(2));
  const small = given.size === small_size;
  if (given.inside) {
    const say = (text) => process.stderr.write(`rolling: ${new Date().toISOString().slice(11, 19)} ${text}\n`);
    await writeFile(given.inside, JSON.stringify(await play(plans[given.plans[0]], given.balancers[0], { size: given.size, say })));
    return 0;
  }
  let failed = false;
  for (const plan of given.plans) {
    for (const balancer of given.balancers.length ? given.balancers : plans[plan].balancers) {
      console.log(`\nrolling: ${plan}, ${balancer}`);
      const played = await play_apart(plan, balancer, { small }).catch((error) => { console.log(`FAILED: ${plan}, ${balancer}: ${error.message}`); });
      failed ||= !played;
      if (!played) continue;
      await write(`${plan}-${balancer}`, played);
      console.log(text_of(played));
      failed ||= played.faults.length > 0;
    }
  }
  console.log('\nwritten: out/rolling (Markdown, SVG, JSON)');
  return failed ? 1 : 0;
}

if (process.argv[1] === here) {
  main().then((code) => process.exit(code), (error) => {
    console.error(`rolling: ${error.message}`);
    process.exit(2);
  });
}
