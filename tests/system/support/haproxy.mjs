// A load balancer in front of several nodes, as a fleet has one: health checks on /readyz, and, if asked for, servers that are turned on and off
// while it runs.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { free_port, start } from './processes.mjs';
import { until, within } from './wait.mjs';

/// `extra`: what is said of the nodes' public ports, such as `send-proxy`; `frontend`: more lines for where clients connect;
/// `balance`: how it chooses; `server`: more of each server.
const config = ({ host, public_port, admin_port, socket }, nodes, { extra = '', frontend = '', balance = 'roundrobin', server = '' }) => `
global
  maxconn 2000
  stats socket ${socket} mode 600 level admin
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
  bind ${host}:${public_port}
  default_backend clients
  ${frontend}
frontend publishers
  bind ${host}:${admin_port}
  default_backend publishers
${['clients', 'publishers'].map((name) => `backend ${name}
  balance ${balance}
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host herald
  http-check expect status 200
${nodes.map((node, n) => `  server n${n} ${node.host}:${name === 'clients' ? node.public_port : node.admin_port} check `
    + `port ${node.admin_port} inter 500ms fall 2 rise 1 ${server} ${name === 'clients' ? extra : ''}`).join('\n')}`).join('\n')}
`;

export class Haproxy {
  serving = new Set();   // what `serve_only` has turned on, by number

  /// Starts it in front of the nodes and waits until it listens. `host`, `public_port`, `admin_port`: where.
  static async start(nodes, { host = '127.0.0.1', public_port, admin_port, ...options } = {}) {
    const proxy = new Haproxy();
    proxy.name = 'haproxy';
    proxy.host = host;
    proxy.public_port = public_port ?? await free_port();
    proxy.admin_port = admin_port ?? await free_port();
    proxy.folder = await mkdtemp(join(tmpdir(), 'herald-haproxy-'));
    proxy.socket = join(proxy.folder, 'control');
    const file = join(proxy.folder, 'haproxy.cfg');
    await writeFile(file, config(proxy, nodes, options));
    proxy.program = start('haproxy', ['-db', '-f', file], {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
    await until(() => {
      if (proxy.program.ended) throw new Error(`haproxy ended: ${proxy.program.output.slice(-800)}`);
      return accepts(proxy.host, proxy.public_port);
    }, { within: 10_000, what: 'haproxy listens' });
    return proxy;
  }

  /// Says something on its control socket, and returns what it answers.
  async tell(...lines) {
    const socket = connect(this.socket);
    const answer = new Promise((done, fail) => {
      let text = '';
      socket.on('data', (bytes) => { text += bytes; }).once('end', () => done(text)).once('error', fail);
    });
    socket.write(`${lines.join(';')}\n`);
    return within(5000, answer, 'haproxy answers').finally(() => socket.destroy());
  }

  /// From now on new connections go to those of its nodes alone for which `serves` is true; the others keep those that they have. It takes it that
  /// it was started with `server: 'disabled'`.
  async serve_only(serves, nodes) {
    const changes = nodes.flatMap((node, n) => (this.serving.has(n) === serves(node) ? [] : [[n, serves(node)]]));
    if (changes.length === 0) return;
    const lines = changes.flatMap(([n, is_on]) => ['clients', 'publishers'].map((name) => `set server ${name}/n${n} state ${is_on ? 'ready' : 'maint'}`));
    const said = await this.tell(...lines).catch(() => this.tell(...lines));   // a busy machine may take longer, once
    if (said.trim()) throw new Error(`haproxy: ${said.trim()}`);
    for (const [n, is_on] of changes) this.serving[is_on ? 'add' : 'delete'](n);
  }

  async clear() {
    if (!this.program.ended) {
      this.program.signal('SIGKILL');
      await within(5000, this.program.exited, 'the end of haproxy');
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

const accepts = (host, port) => new Promise((done) => {
  const socket = connect({ host, port });
  socket.once('connect', () => { socket.destroy(); done(true); }).once('error', () => done(false));
});
