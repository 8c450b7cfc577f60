// One herald process, as an operator sees it: started with arguments, listened to, asked, stopped.

import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { herald_bin } from './binaries.mjs';
import { free_port, run, start } from './processes.mjs';
import { Client } from './client.mjs';
import { parse_metrics, publish, request } from './http.mjs';
import { sleep, until, within } from './wait.mjs';

const findings = /ERROR: (Address|Leak|Thread|Memory)Sanitizer|runtime error: |SUMMARY: \w+Sanitizer/;

/// What a herald is run in: nothing of the caller's own settings, and sanitizers that end the process.
export function environment(extra = {}) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HERALD_')));
  env.ASAN_OPTIONS ??= 'exitcode=99:quarantine_size_mb=8:detect_stack_use_after_return=0';
  env.UBSAN_OPTIONS ??= 'print_stacktrace=1:halt_on_error=1:exitcode=99';
  return { ...env, ...extra };
}

/// Runs herald to its end, for --help and the like.
export const run_herald = (args, { env, ...options } = {}) => run(herald_bin, args, { env: environment(env), ...options });

export class Herald {
  expected_end = { code: 0, signal: null };   // what `clear` asks for; a test that ends it otherwise says so

  /// Starts a node on free ports of 127.0.0.1 and waits until its log says `listening`, and, if asked, for /readyz.
  /// `tls`, `admin_tls`: node's options to connect to the ports with, when `args` make them speak TLS.
  /// `wrapper`: a command to start it with, that puts it into a network of its own, where `host` is its address.
  static async start({ args = [], env = {}, redis, name, public_port, admin_port, ready = true, listening = true, host = '127.0.0.1',
    wrapper = [], tls, admin_tls } = {}) {
    const node = new Herald();
    node.host = host;
    Object.assign(node, { wrapper, tls, admin_tls });
    node.public_port = public_port ?? await free_port();
    node.admin_port = admin_port ?? await free_port();
    node.name = name ?? `node-${node.public_port}`;
    const given = (flag) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`));
    node.args = [
      '--listen', `${host}:${node.public_port}`, '--admin-listen', `${host}:${node.admin_port}`,
      ...(given('--node-name') ? [] : ['--node-name', node.name]),
      ...(given('--log-format') ? [] : ['--log-format', 'json']),
      ...(given('--drain-delay') ? [] : ['--drain-delay', '0s']),
      ...(given('--drain-window') ? [] : ['--drain-window', '1s']),
      ...(redis ? ['--redis', redis.url ?? redis] : []), ...args];
    node.env = environment(env);
    node.#launch();
    if (listening) await node.listening();
    if (listening && ready) await node.ready();
    return node;
  }

  #launch() {
    const [command, ...args] = [...this.wrapper, herald_bin, ...this.args];
    this.program = start(command, args, { env: this.env });
    this.agent = this.admin_tls ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  }

  /// The same node again, on the same ports, after it ended.
  async again({ ready = true } = {}) {
    this.expected_end = { code: 0, signal: null };
    this.#launch();
    await this.listening();
    if (ready) await this.ready();
  }

  get pid() { return this.program.pid; }
  get log() { return this.program.output; }
  /// The log's lines that hold `text`.
  lines(text) { return this.log.split('\n').filter((line) => line.includes(text)); }

  async listening() {
    await until(() => this.program.ended || /\blistening\b/.test(this.log),
      { within: 20_000, what: `${this.name} says listening` });
    const { ended } = this.program;
    if (ended?.error) throw new Error(`${herald_bin} could not be started: ${ended.error.message}`);
    if (ended) throw new Error(`${this.name} ended instead of listening: ${JSON.stringify(ended)}\n${this.log_tail(5)}`);
  }

  ready(ms = 20_000) {
    return until(async () => (await this.get('/readyz')).status === 200, { within: ms, what: `${this.name} is ready` });
  }

  get(path, options) { return request(this.admin_port, path, { agent: this.agent, host: this.host, tls: this.admin_tls, ...options }); }
  async json(path) { return (await this.get(path)).json; }
  async metrics() { return parse_metrics((await this.get('/metrics')).text); }
  async metric(name, labels) { return (await this.metrics()).value(name, labels); }
  /// Waits until a metric has a value.
  metric_is(name, value, { labels, within: ms = 5000 } = {}) {
    return until(async () => (await this.metric(name, labels)) === value, { within: ms, what: `${this.name}: ${name} is ${value}` });
  }
  /// What the ledger lacks: 0 when nothing is on its way.
  async ledger_gap() {
    const all = await this.metrics();
    const dropped = ['bad_json', 'bad_channel', 'too_large', 'expired', 'slow', 'closing']
      .reduce((sum, reason) => sum + all.value('herald_dropped_total', { reason }), 0);
    return all.value('herald_due_total') - all.value('herald_delivered_total') - all.value('herald_deduplicated_total')
      - all.value('herald_nobody_here_total') - dropped;
  }
  /// Insists that every notification is accounted for, once its clients are gone.
  ledger_balances() {
    return until(async () => await this.metric('websocket_connections') === 0 && await this.ledger_gap() === 0,
      { within: 10_000, every: 100, what: `${this.name}: the ledger balances` });
  }
  /// How many actors of each kind there are.
  async actors() {
    const { totals } = await this.json('/admin/actors?limit=1');
    return Object.fromEntries(Object.entries(totals).map(([kind, { actors }]) => [kind, actors]));
  }

  publish(body, options) { return publish(this.admin_port, body, { agent: this.agent, host: this.host, tls: this.admin_tls, ...options }); }
  /// Publishes and insists that it was accepted.
  async accept(to, data, more = {}) {
    const answer = await this.publish({ to, data, ...more });
    if (answer.status !== 202) throw new Error(`${this.name}: publish answered ${answer.status} ${answer.text}`);
    return answer.json;
  }

  connect(user, options) { return Client.connect(this.public_port, user, options); }

  /// Resident memory in bytes.
  rss() { return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]) * 1024; }
  alive() { return !this.program.ended; }

  /// Asks it to end and returns {code, signal, ms}.
  async stop({ signal = 'SIGTERM', within: ms = 15_000 } = {}) {
    const begin = Date.now();
    this.program.signal(signal);
    return this.ended(ms).then((end) => ({ ...end, ms: Date.now() - begin }));
  }

  async ended(ms = 15_000) {
    const end = await within(ms, this.program.exited, `the end of ${this.name}`);
    this.agent.destroy();
    return end;
  }

  /// Ends it as a crash does.
  async kill() {
    this.expected_end = { code: null, signal: 'SIGKILL' };
    this.program.signal('SIGKILL');
    await this.ended();
  }

  /// Ends it if it still runs, and throws if it did not end as expected or a sanitizer had something to say.
  async clear() {
    try {
      const end = this.program.ended ?? await this.stop();
      await sleep(0);
      if (findings.test(this.log)) throw new Error(`${this.name}: a sanitizer found something`);
      const { code, signal } = this.expected_end;
      if (end.code !== code || end.signal !== signal) {
        throw new Error(`${this.name} ended with ${JSON.stringify(end)}, not ${JSON.stringify(this.expected_end)}`);
      }
    } finally {
      if (!this.program.ended) this.program.signal('SIGKILL');
      this.agent.destroy();
    }
  }

  log_tail(lines = 40) { return this.log.trimEnd().split('\n').slice(-lines).join('\n'); }
}
