// A real Prometheus on loopback, set up by what k8s/monitoring would have the operator make of it.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from './http.mjs';
import { free_port, start } from './processes.mjs';
import { until, within } from './wait.mjs';

const folder = fileURLToPath(new URL('../../../k8s/monitoring', import.meta.url));
export const manifest = (name) => readFile(join(folder, name), 'utf8');

/// The rules in a PrometheusRule: what stands below `spec`, two columns to the left.
export function rules_in(text) {
  const spec = /^spec:\n((?: .*\n|\n)*)/m.exec(text);
  if (!spec) throw new Error('a PrometheusRule has a spec');
  return spec[1].replaceAll(/^ {2}/gm, '');
}

/// A PodMonitor's relabelings, in the words of Prometheus's own configuration.
export function relabelings_in(text) {
  const found = /^( +)relabelings:\n((?:\1 .*\n)+)/m.exec(text);
  if (!found) throw new Error('a PodMonitor has relabelings');
  const lines = found[2].split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => line.replace('sourceLabels:', 'source_labels:').replace('targetLabel:', 'target_label:')).join('\n      ');
}

/// promtool with a text on its stdin: {code, output}.
export async function promtool(args, { input = '', cwd } = {}) {
  const program = start('promtool', args, { stdin: 'pipe', cwd });
  program.child.stdin.on('error', () => {}); // it did not want all of it
  program.child.stdin.end(input);
  const { code, error } = await within(90_000, program.exited, `the end of promtool ${args.join(' ')}`);
  if (error) throw error;
  return { code, output: program.output };
}

/// `promtool test rules` with these texts.
export async function test_rules(rules, tests) {
  const path = await mkdtemp(join(tmpdir(), 'herald-rules-'));
  try {
    await writeFile(join(path, 'herald.rules.yaml'), rules);
    await writeFile(join(path, 'tests.yaml'), tests);
    return await promtool(['test', 'rules', 'tests.yaml'], { cwd: path });
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

// Before a PodMonitor's own relabelings the operator names the namespace and the pod.
const configuration = ({ relabelings, pods }) => `
global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}
rule_files: [herald.rules.yaml]
scrape_configs:
  - job_name: notifications/notification-service
    static_configs:
${pods.map(({ name, port }) => `      - {targets: ['127.0.0.1:${port}'], labels: {__meta_kubernetes_namespace: notifications, __meta_kubernetes_pod_name: ${name}}}`).join('\n')}
    relabel_configs:
      - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
      ${relabelings}
`;

export class Prometheus {
  /// Scrapes these pods, {name, port}, five times a second.
  static async start(s, { pods, rules, relabelings }) {
    const it = new Prometheus();
    const path = await mkdtemp(join(tmpdir(), 'herald-prometheus-'));
    it.port = await free_port();
    await writeFile(join(path, 'herald.rules.yaml'), rules);
    await writeFile(join(path, 'prometheus.yml'), configuration({ relabelings, pods }));
    it.program = start('prometheus', ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${it.port}`,
      '--log.level=warn'], { cwd: path });
    s.at_end(async () => {
      it.program.signal('SIGKILL');
      await it.program.exited;
      await rm(path, { recursive: true, force: true });
    });
    await until(async () => it.program.ended || (await request(it.port, '/-/ready')).status === 200, { within: 20_000, what: 'Prometheus is ready' });
    if (it.program.ended) throw new Error(`Prometheus ended:\n${it.program.output}`);
    return it;
  }

  async #api(path) {
    const { json, text } = await request(this.port, `/api/v1/${path}`);
    if (json?.status !== 'success') throw new Error(`Prometheus says: ${text}`);
    return json.data;
  }

  /// The series that an expression gives now: [{metric, value}].
  async query(expression) {
    const { result } = await this.#api(`query?query=${encodeURIComponent(expression)}`);
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /// Every rule with its state: {name, type, query, health, lastError, annotations, …}.
  async rules() { return (await this.#api('rules')).groups.flatMap((group) => group.rules); }

  /// Waits until an expression gives series, and returns them.
  series(expression, { within: ms = 10_000 } = {}) {
    return until(async () => {
      const found = await this.query(expression);
      return found.length > 0 && found;
    }, { within: ms, every: 100, what: `series of ${expression}` });
  }
}
