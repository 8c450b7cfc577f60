// Each overlay as `kubectl apply -k` would send it: strictly valid, within policy, whole, and with settings that herald takes.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checks } from './support/checks.mjs';
import { manifests, render } from './support/render.mjs';

const overlays = readdirSync(join(manifests, 'overlays')).map((name) => `overlays/${name}`);

test('there are overlays for development, production and large fleets', () => {
  for (const name of ['dev', 'prod', 'large']) assert.ok(overlays.includes(`overlays/${name}`), name);
});

for (const name of overlays) {
  const objects = await render(name);
  for (const [what, complaints_of] of Object.entries(checks)) {
    test(`${name}: ${what}`, async () => assert.deepEqual(await complaints_of(objects), []));
  }
}

// Whatever else below k8s/ is a kustomization of its own: no pods, and so nothing but its form to look at.
for (const name of readdirSync(manifests).filter((one) => existsSync(join(manifests, one, 'kustomization.yaml')) && one !== 'base')) {
  test(`${name}: schema`, async () => assert.deepEqual(await checks.schema(await render(name)), []));
}

test('dev says of its secrets that they are none, and no other overlay has any', async () => {
  const secrets = async (name) => (await render(`overlays/${name}`)).filter(({ kind }) => kind === 'Secret');
  const [only, ...more] = await secrets('dev');
  assert.deepEqual(more, []);
  for (const value of Object.values(only.data)) assert.match(Buffer.from(value, 'base64').toString(), /everybody-knows/);
  assert.deepEqual([...await secrets('prod'), ...await secrets('large')], []);
});
