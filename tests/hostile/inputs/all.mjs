// The table: {name, part, house, sent, expect, run}, and where one is due: within (seconds), small (scaled with --small), ci (quick: the system tests run it, too).
// `expect` is what the answer must be, or a pattern that it must match.

import { addresses } from './addresses.mjs';
import { commands } from './commands.mjs';
import { floods } from './floods.mjs';
import { compressed_frames, frames } from './frames.mjs';
import { http } from './http.mjs';
import { publishes } from './publishing.mjs';
import { tokens } from './tokens.mjs';

const parts = { http, frames: [...frames, ...compressed_frames], commands, publishing: publishes, floods, tokens, addresses };

export const part_names = Object.keys(parts);
export const inputs = Object.entries(parts).flatMap(([part, list]) => list.map((each) => ({ house: 'open', ...each, part })));

/// What is wrong with an answer, and with the time that it took; empty: nothing.
export function wrong_with({ expect, within }, { answer, seconds }) {
  const fits = expect instanceof RegExp ? expect.test(answer) : answer === expect;
  return [...(fits ? [] : [`answered "${answer}", not "${expected_text({ expect })}"`]),
    ...(within && (seconds < within[0] || seconds > within[1]) ? [`took ${seconds.toFixed(1)} s, not ${within[0]} to ${within[1]} s`] : [])];
}

/// A pattern as people read it.
export const expected_text = ({ expect }) => (expect instanceof RegExp
  ? expect.source.replace(/^\^|\$$/g, '').replaceAll('\\w+', '…').replaceAll('\\b', '').replaceAll('\\', '') : expect);
