// A load balancer in front of several nodes, as a fleet has one: round-robin, health checks on /readyz.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { free_port, start } from './processes.mjs';
import { until, within } from './wait.mjs';

/// `extra`: what is said of the nodes' public ports, such as `send-proxy`; `frontend`: more lines for where clients connect.
const config = ({ public_port, admin_port }, nodes, { extra = '', frontend = '' }) => `
global
  maxconn 2000
  hard-stop-after 1s
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  option redispatch
  retries 3
frontend clients
  bind 127.0.0.1:${public_port}
  default_backend clients
  ${frontend}
frontend publishers
  bind 127.0.0.1:${admin_port}
  default_backend publishers
${['clients', 'publishers'].map((name) => `backend ${name}
  balance roundrobin
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host herald
  http-check expect status 200
${nodes.map((node, n) => `  server n${n} ${node.host}:${name === 'clients' ? node.public_port : node.admin_port} check `
    + `port ${node.admin_port} inter 500ms fall 2 rise 1 ${name === 'clients' ? extra : ''}`).join('\n')}`).join('\n')}
`;

export class Haproxy {
  /// Starts it in front of the nodes and waits until it sees all of them healthy.
  static async start(nodes, options = {}) {
    const proxy = new Haproxy();
    proxy.name = 'haproxy';
    proxy.public_port = await free_port();
    proxy.admin_port = await free_port();
    proxy.folder = await mkdtemp(join(tmpdir(), 'herald-haproxy-'));
    const file = join(proxy.folder, 'haproxy.cfg');
    await writeFile(file, config(proxy, nodes, options));
    proxy.program = start('haproxy', ['-db', '-f', file], {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
    await until(() => {
      if (proxy.program.ended) throw new Error(`haproxy ended: ${proxy.program.output.slice(-800)}`);
      return accepts(proxy.public_port);
    }, { within: 10_000, what: 'haproxy listens' });
    return proxy;
  }

  async clear() {
    if (!this.program.ended) {
      this.program.signal('SIGKILL');
      await within(5000, this.program.exited, 'the end of haproxy');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

const accepts = (port) => new Promise((done) => {
  const socket = connect({ host: '127.0.0.1', port });
  socket.once('connect', () => { socket.destroy(); done(true); }).once('error', () => done(false));
});
