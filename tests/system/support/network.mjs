// Networks of one's own: `in_own_network` for a script, `Namespace` for what it starts, and `Remote`, a node's, with a cable that can be cut
// without anybody being told:
//
//   this process ── bridge 10.77.0.1 ═══ port ═══ veth ═══ 10.77.0.2 the node
//
// Cutting takes the port out of the bridge: both ends keep their link and their addresses, and what is sent is gone. All this needs the right
// to make network namespaces, and one of this process's own, where nothing but this is. They end with the processes that hold them.

import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, start } from './processes.mjs';
import { until } from './wait.mjs';

/// `ip` in this process's network, or behind a wrapper, in another one.
export const ip = async (...args) => {
  const { code, output } = await run('ip', args);
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${output}`);
};

/// The command that starts another one in a new network: as root, or as somebody who is root in there. Throws when neither is allowed.
async function unshare() {
  for (const flags of [['-n'], ['-rn']]) {
    const tried = await run('unshare', [...flags, '--', 'ip', 'link', 'add', 'probe', 'type', 'bridge']);
    if (tried.code === 0) return ['unshare', ...flags, '--'];
  }
  throw new Error('network namespaces can\'t be made here: this takes root (CAP_SYS_ADMIN and CAP_NET_ADMIN), or unprivileged user namespaces');
}

/// Runs a node script with `--inside FILE` and more arguments in a network of its own, and returns the JSON that it wrote to the file.
export async function in_own_network(script, args) {
  const [command, ...before] = await unshare();
  const folder = await mkdtemp(join(tmpdir(), 'herald-network-'));
  const file = join(folder, 'result.json');
  try {
    const child = spawn(command, [...before, process.execPath, script, '--inside', file, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    process.once('exit', () => child.kill('SIGTERM'));
    const code = await new Promise((done, fail) => child.on('exit', done).on('error', fail));
    if (code !== 0) throw new Error(`the process in the network of its own ended with ${code}`);
    return JSON.parse(await readFile(file, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/// Another network, beside this process's.
export class Namespace {
  static async start() {
    const made = new Namespace();
    made.holder = start('unshare', ['-n', '--', 'sleep', 'infinity']);
    const network = (pid) => readlinkSync(`/proc/${pid}/ns/net`);
    await until(() => network(made.holder.pid) !== network(process.pid), { what: 'the namespace is there' });
    await made.ip('link', 'set', 'lo', 'up');
    return made;
  }

  /// What starts a program over there.
  get wrapper() { return ['nsenter', '-t', `${this.holder.pid}`, '-n', '--']; }

  async ip(...args) {
    const { code, output } = await run(this.wrapper[0], [...this.wrapper.slice(1), 'ip', ...args]);
    if (code !== 0) throw new Error(`ip ${args.join(' ')} over there: ${output}`);
  }

  /// A cable: `here` is its end in this network, `there` its end over there, with that address.
  async cable(here, there, address) {
    await ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', `${this.holder.pid}`);
    await this.ip('addr', 'add', address, 'dev', there);
    await this.ip('link', 'set', there, 'up');
  }

  async clear() {
    this.holder.signal('SIGKILL');
    await this.holder.exited;
  }
}

export class Remote {
  here = '10.77.0.1';
  there = '10.77.0.2';

  static async start() {
    const remote = new Remote();
    remote.far = await Namespace.start();
    await ip('link', 'set', 'lo', 'up');
    await ip('link', 'add', 'switch', 'type', 'bridge');
    await ip('addr', 'add', `${remote.here}/24`, 'dev', 'switch');
    // A second port, so that the bridge keeps its link while the first one is out.
    await ip('link', 'add', 'spare0', 'type', 'veth', 'peer', 'name', 'spare1');
    await remote.far.cable('port', 'far', `${remote.there}/24`);
    for (const port of ['spare0', 'port']) await ip('link', 'set', port, 'master', 'switch');
    for (const link of ['switch', 'spare0', 'spare1', 'port']) await ip('link', 'set', link, 'up');
    return remote;
  }

  get wrapper() { return this.far.wrapper; }

  cut() { return ip('link', 'set', 'port', 'nomaster'); }
  mend() { return ip('link', 'set', 'port', 'master', 'switch'); }

  clear() { return this.far.clear(); }
}
