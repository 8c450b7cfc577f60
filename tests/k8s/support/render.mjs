// What an operator's `kubectl apply -k` would send to the cluster: kustomize's own output, parsed.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import yaml from 'js-yaml';

const run = promisify(execFile);

/// The manifests as they are in the repository.
export const manifests = fileURLToPath(new URL('../../../k8s', import.meta.url));

/// The objects that a kustomization below `root` makes. Throws with what kustomize says of a bad one; what it only warns of is bad, too.
export async function render(name, root = manifests) {
  const [program, ...words] = process.env.HERALD_KUSTOMIZE.split(' ');
  const { stdout, stderr } = await run(program, [...words, join(root, name)], { maxBuffer: 64 << 20 });
  if (stderr.trim()) throw new Error(stderr.trim());
  return yaml.loadAll(stdout).filter(Boolean).map(whole_secret);
}

/// kustomize breaks long base64 into lines, which a server takes and the schema does not.
function whole_secret(object) {
  if (object.kind !== 'Secret') return object;
  return { ...object, data: Object.fromEntries(Object.entries(object.data).map(([key, value]) => [key, value.replaceAll(/\s/g, '')])) };
}

/// Renders a copy of all manifests in which `file` has `to` in the place of `from`.
export async function render_with(name, { file, from, to }) {
  const copy = await mkdtemp(join(tmpdir(), 'herald-manifests-'));
  try {
    await cp(manifests, copy, { recursive: true });
    const path = join(copy, file);
    const text = await readFile(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} does not hold ${JSON.stringify(from)}: the test is out of date`);
    await writeFile(path, text.replaceAll(from, to));
    return await render(name, copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/// How an object is called in complaints.
export const title = (object) => `${object.kind} ${object.metadata?.name}`;
