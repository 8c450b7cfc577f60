// A container of the image, run as the manifests have it: nothing writable, no rights, a part of a CPU, little memory.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { free_port, run } from '../system/support/processes.mjs';
import { request } from '../system/support/http.mjs';
import { until } from '../system/support/wait.mjs';

export const image = process.env.HERALD_IMAGE;
export const api_key = 'a-key-for-the-smoke-test-of-the-image';
export const jwt_secret = 'a-secret-for-the-smoke-test-of-the-image';

export async function podman(...args) {
  const { code, stdout, stderr } = await run('podman', args, { timeout: 60_000 });
  if (code !== 0) throw new Error(`podman ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/// A container can't be given more than this process has, which podman would otherwise try.
const open_files = execFileSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
export const limits = ['--ulimit', `nofile=${open_files === 'unlimited' ? 1048576 : open_files}`, '--ulimit', 'nproc=4096'];

export class Container {
  static async start(t, { cpus = '0.5', memory = '256m', args = [] } = {}) {
    const it = new Container();
    it.public_port = await free_port();
    it.admin_port = await free_port();
    it.folder = await mkdtemp(join(tmpdir(), 'herald-image-'));
    const secrets = { 'api-keys': `smoke publish,admin ${api_key}\n`, 'jwt-secret': `${jwt_secret}\n` };
    for (const [name, text] of Object.entries(secrets)) await writeFile(join(it.folder, name), text);
    const settings = { LISTEN: `0.0.0.0:${it.public_port}`, ADMIN_LISTEN: `0.0.0.0:${it.admin_port}`, LOG_FORMAT: 'json', AUTH: 'jwt',
      AUTH_JWT_SECRET_FILE: '/run/secrets/herald/jwt-secret', AUTH_JWT_AUDIENCE: 'notifications', API_KEYS_FILE: '/run/secrets/herald/api-keys' };
    t.after(() => it.clear());
    await run('chmod', ['-R', 'a+rX', it.folder]);
    it.id = await podman('run', '--detach', '--runtime', 'runc', '--network', 'host', '--read-only', '--read-only-tmpfs=false', '--cap-drop', 'ALL',
      '--security-opt', 'no-new-privileges', '--cpus', cpus, '--memory', memory, ...limits,
      '--volume', `${it.folder}:/run/secrets/herald:ro`, ...Object.entries(settings).flatMap(([name, value]) => ['--env', `HERALD_${name}=${value}`]),
      image, ...args);
    it.pid = Number(await podman('inspect', '--format', '{{.State.Pid}}', it.id));
    return it;
  }

  get(path) { return request(this.admin_port, path, { headers: { authorization: `Bearer ${api_key}` } }); }
  publish(body) {
    return request(this.admin_port, '/api/v1/notifications', { method: 'POST', body, headers: { authorization: `Bearer ${api_key}` } });
  }
  ready() { return until(async () => (await this.get('/readyz')).status === 200, { within: 10_000, what: 'the container is ready' }); }

  log() { return run('podman', ['logs', this.id]).then(({ output }) => output); }

  /// Stops it as a kubelet does, SIGTERM first: its exit code.
  async stop(seconds = 20) {
    await podman('stop', '--time', String(seconds), this.id);
    return Number(await podman('inspect', '--format', '{{.State.ExitCode}}', this.id));
  }

  async clear() {
    if (this.id) await podman('rm', '--force', '--time', '0', this.id);
    await rm(this.folder, { recursive: true, force: true });
  }
}
