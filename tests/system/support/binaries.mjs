// What is tested, and how patient to be with it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const from_here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const herald_bin = process.env.HERALD_BINARY || from_here('../../../build/app/herald');
export const herald_load_bin = process.env.HERALD_LOAD || from_here('../../../build/tests/load/herald-load');
export const out_folder = from_here('../../../out/system');

/// Is this binary built with a sanitizer? Its memory can't be judged as a user would, then.
export const sanitized = (() => {
  try { return /__(?:a|t|ub)san_init|__ubsan_handle/.test(readFileSync(herald_bin, 'latin1')); } catch { return false; }
})();

/// What every limit in milliseconds is multiplied by: waits are for conditions, so a fast machine never notices.
export const patience = sanitized || process.env.HERALD_TEST_SLOW === '1' ? 4 : 1;
