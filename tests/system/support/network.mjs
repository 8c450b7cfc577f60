// A network of its own for one node, with a cable that can be cut without anybody being told.
//
//   this process ── bridge 10.77.0.1 ═══ port ═══ veth ═══ 10.77.0.2 the node
//
// Cutting takes the port out of the bridge: both ends keep their link and their addresses, and what is sent is gone. Root is needed, and so is
// a network namespace of this process's own (`unshare -n`), where nothing but this is.

import { readlinkSync } from 'node:fs';
import { run, start } from './processes.mjs';
import { until } from './wait.mjs';

const ip = async (...args) => {
  const { code, output } = await run('ip', args);
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${output}`);
};

export class Remote {
  here = '10.77.0.1';
  there = '10.77.0.2';

  static async start() {
    const remote = new Remote();
    remote.holder = start('unshare', ['-n', '--', 'sleep', 'infinity']);
    const network = (pid) => readlinkSync(`/proc/${pid}/ns/net`);
    await until(() => network(remote.holder.pid) !== network(process.pid), { what: 'the namespace is there' });
    await ip('link', 'set', 'lo', 'up');
    await ip('link', 'add', 'switch', 'type', 'bridge');
    await ip('addr', 'add', `${remote.here}/24`, 'dev', 'switch');
    // A second port, so that the bridge keeps its link while the first one is out.
    await ip('link', 'add', 'spare0', 'type', 'veth', 'peer', 'name', 'spare1');
    await ip('link', 'add', 'port', 'type', 'veth', 'peer', 'name', 'far', 'netns', `${remote.holder.pid}`);
    for (const port of ['spare0', 'port']) await ip('link', 'set', port, 'master', 'switch');
    for (const link of ['switch', 'spare0', 'spare1', 'port']) await ip('link', 'set', link, 'up');
    for (const args of [['addr', 'add', `${remote.there}/24`, 'dev', 'far'], ['link', 'set', 'far', 'up'], ['link', 'set', 'lo', 'up']]) {
      const { code, output } = await run(remote.wrapper[0], [...remote.wrapper.slice(1), 'ip', ...args]);
      if (code !== 0) throw new Error(`ip ${args.join(' ')} over there: ${output}`);
    }
    return remote;
  }

  /// What starts a program over there.
  get wrapper() { return ['nsenter', '-t', `${this.holder.pid}`, '-n', '--']; }

  cut() { return ip('link', 'set', 'port', 'nomaster'); }
  mend() { return ip('link', 'set', 'port', 'master', 'switch'); }

  async clear() {
    this.holder.signal('SIGKILL');
    await this.holder.exited;
  }
}
