// Asks herald itself about the settings that its container would get, with the files that would be mounted there.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const named = (objects, kind, name) => objects.find((object) => object.kind === kind && object.metadata.name === name);

/// The variables of herald's container.
export function settings_of(objects) {
  const [container] = named(objects, 'Deployment', 'notification-service').spec.template.spec.containers;
  const from_maps = (container.envFrom ?? []).map(({ configMapRef }) => named(objects, 'ConfigMap', configMapRef.name)?.data ?? {});
  return Object.assign({}, ...from_maps, Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value])));
}

/// The files of herald's secret volumes: from the Secrets among the objects, and of `outside`, which are made by hand in a cluster.
function secret_files(objects, outside) {
  const { volumes, containers: [{ volumeMounts }] } = named(objects, 'Deployment', 'notification-service').spec.template.spec;
  return volumeMounts.flatMap(({ name, mountPath }) => {
    const { secret } = volumes.find((volume) => volume.name === name) ?? {};
    if (!secret) return [];
    const made = named(objects, 'Secret', secret.secretName);
    const files = made ? Object.entries(made.data).map(([key, value]) => [key, Buffer.from(value, 'base64')])
      : Object.entries(outside[secret.secretName] ?? {});
    return files.map(([key, content]) => ({ path: join(mountPath, key), mount: mountPath, content }));
  });
}

const run = (program, args, options) => new Promise((done) => {
  execFile(program, args, options, (error, stdout, stderr) => done({ code: error ? error.code : 0, stdout, stderr }));
});

/// Errors and warnings of `herald --check-config`. In a pod a warning would only be logged; here it counts, as a typo in a variable's name is one.
export async function explain_bad_settings(objects, outside) {
  const folder = await mkdtemp(join(tmpdir(), 'herald-settings-'));
  try {
    const files = secret_files(objects, outside);
    for (const { path, content } of files) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const mounts = [...new Set(files.map(({ mount }) => mount))];
    const moved = (value) => mounts.some((mount) => value.startsWith(`${mount}/`)) ? join(folder, value) : value;
    const env = Object.fromEntries(Object.entries(settings_of(objects)).map(([name, value]) => [name, moved(value)]));
    const { code, stdout, stderr } = await run(process.env.HERALD_BINARY, ['--check-config'], { env: { ...env, HOSTNAME: 'pod' } });
    const said = stderr.split('\n').filter(Boolean).map((line) => line.replaceAll(folder, ''));
    return code === 0 && stdout === 'config ok\n' ? said : [...said, `herald --check-config ended with ${code}`];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
