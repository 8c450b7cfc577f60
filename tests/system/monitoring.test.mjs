// What k8s/monitoring promises an operator, shown with Prometheus itself: names that promtool takes, old queries and new panels that give series,
// alerts that fire when they should, each with a runbook.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Authority } from './support/certificates.mjs';
import { manifest, Prometheus, promtool, relabelings_in, rules_in, test_rules } from './support/prometheus.mjs';
import { scenario } from './support/stage.mjs';
import { token } from './support/tokens.mjs';
import { until } from './support/wait.mjs';

const secret = 'a secret that has more than thirty-two bytes';
const rules = rules_in(await manifest('prometheus-rule.yaml'));
const rule_tests = await manifest('prometheus-rule.test.yaml');
const operations = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const dashboard = JSON.parse(await manifest('dashboards/herald.json'));
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map((found) => found[1]);

/// Two nodes that have between them everything that has metrics, with a client each, and something delivered.
async function two_nodes(s) {
  const redis = await s.redis();
  const path = await mkdtemp(join(tmpdir(), 'herald-monitoring-'));
  s.at_end(() => rm(path, { recursive: true, force: true }));
  await writeFile(join(path, 'secret'), secret);
  const files = await (await Authority.start(s)).sign('node');
  const plain = await s.herald({ redis, name: 'plain', args: ['--compression', 'true'] });
  const guarded = await s.herald({ redis, name: 'guarded', tls: { rejectUnauthorized: false },
    args: ['--auth', 'jwt', '--auth-jwt-secret-file', join(path, 'secret'), '--tls-cert', files.cert, '--tls-key', files.key] });
  const clients = [await s.connect(plain, 'alice'), await s.connect(guarded, undefined, { headers: { authorization: `Bearer ${token(secret, { sub: 'bob' })}` } })];
  await plain.accept({ broadcast: true }, 1);
  for (const client of clients) await client.received(1);
  return { redis, plain, guarded, clients };
}

const expressions = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ panel: panel.title, expr })));
/// As Grafana would ask: with the variables' values.
const asked = (expr) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');

/// The old dashboards' queries, as they are.
const old_queries = ['sum(websocket_connections)', 'websocket_connections{instance=~"notification-service.*"}', 'rate(websocket_connections[5m])',
  'rate(redis_pubsub_messages_total[5m])', 'sum(websocket_subscriptions)'];

scenario('old queries, every panel and every alert get series from real nodes, scraped as the PodMonitor says', async (s) => {
  const { plain, guarded } = await two_nodes(s);
  const prometheus = await Prometheus.start(s, { rules, relabelings: relabelings_in(await manifest('podmonitor.yaml')),
    pods: [{ name: 'notification-service-7d9f8-x2b4c', port: plain.admin_port }, { name: 'herald-0', port: guarded.admin_port }] });
  await until(async () => (await prometheus.query('sum(websocket_connections)'))[0]?.value === 2, { within: 10_000, what: 'both nodes were scraped' });

  for (const query of old_queries) assert.ok((await prometheus.series(query)).length > 0, query);
  const each = await prometheus.query('websocket_connections{instance=~"notification-service.*"}');
  assert.deepEqual(each.map(({ metric }) => metric.instance).sort(), ['notification-service-7d9f8-x2b4c', 'notification-service-herald-0']);
  assert.deepEqual(each.map(({ metric }) => metric.pod).sort(), ['herald-0', 'notification-service-7d9f8-x2b4c']);

  assert.ok(expressions.length > 40);
  for (const { panel, expr } of expressions) {
    await prometheus.series(asked(expr)).catch((error) => assert.fail(`panel "${panel}": ${error.message}`));
  }

  // What prometheus-adapter asks for the HPA.
  const adapter = /metricsQuery: '(.*)'/.exec(await manifest('prometheus-adapter-values.yaml'))[1];
  const for_hpa = await prometheus.series(adapter.replace('<<.Series>>', 'websocket_connections')
    .replace('<<.LabelMatchers>>', 'namespace="notifications",pod=~"herald-0|notification-service-7d9f8-x2b4c"').replace('<<.GroupBy>>', 'pod'));
  assert.deepEqual(for_hpa.map(({ metric, value }) => [metric.pod, value]).sort(), [['herald-0', 1], ['notification-service-7d9f8-x2b4c', 1]]);

  // Alerts: evaluated without fault, quiet, and every metric in them is there (where the machine has a memory limit, that one, too).
  const evaluated = await until(async () => {
    const all = await prometheus.rules();
    return all.every((rule) => rule.health !== 'unknown') && all;
  }, { within: 10_000, what: 'all rules were evaluated' });
  for (const rule of evaluated) assert.equal(rule.health, 'ok', `${rule.name}: ${rule.lastError}`);
  assert.deepEqual(evaluated.filter((rule) => rule.type === 'alerting').map((rule) => rule.name).sort(), [...alerts].sort());
  const used = new Set(evaluated.flatMap((rule) => rule.query.match(/\b(herald_[a-z_]+|websocket_[a-z_]+|herald:[a-z_:0-9]+)\b/g)));
  used.delete('herald_memory_limit_bytes');
  for (const name of used) await prometheus.series(`{__name__="${name}"}`);
  assert.deepEqual(evaluated.filter((rule) => rule.state === 'firing' && rule.labels.severity === 'critical').map((rule) => rule.name), []);
});

scenario('promtool takes the metrics of a node that has all of them, and would not take a wrong one', async (s) => {
  const { plain, guarded } = await two_nodes(s);
  for (const node of [plain, guarded]) {
    const { text } = await node.get('/metrics');
    const found = await promtool(['check', 'metrics'], { input: text });
    assert.deepEqual(found, { code: 0, output: '' });
    const planted = [
      ['a counter without _total', text.replaceAll('herald_delivered_total', 'herald_delivered')],
      ['a line that is none', `${text}herald_delivered_total{ 1\n`],
      ['a unit that is no base unit', text.replaceAll('herald_canary_seconds', 'herald_canary_milliseconds')],
      ['a metric without help', text.replace(/# HELP herald_ready .*\n/, '')],
    ];
    for (const [what, input] of planted) assert.notEqual((await promtool(['check', 'metrics'], { input })).code, 0, what);
  }
});

scenario('how long deliveries take is counted for each, and told to operators', async (s) => {
  const { plain, guarded, clients } = await two_nodes(s);
  for (let n = 2; n <= 50; ++n) await guarded.accept({ broadcast: true }, n);
  for (const client of clients) await client.received(50);
  for (const node of [plain, guarded]) {
    await node.metric_is('herald_delivery_seconds_count', 50);
    assert.equal(await node.metric('herald_delivered_total'), 50);
    assert.equal(await node.metric('herald_delivery_clock_ahead_total'), 0);   // one machine, one clock
    const sum = await node.metric('herald_delivery_seconds_sum');
    assert.ok(sum > 0 && sum < 50 * 5, `${sum} s`);
  }
  await until(async () => {
    const { nodes } = await plain.json('/admin/nodes');
    return nodes.length === 2 && nodes.every(({ latency_ms }) => latency_ms.p50 > 0 && latency_ms.p99 >= latency_ms.p50 && latency_ms.p99 < 5000);
  }, { within: 10_000, what: 'both nodes say what their deliveries took' });
});

test('promtool takes the rules, and their tests pass', async () => {
  const path = await mkdtemp(join(tmpdir(), 'herald-rules-'));
  try {
    await writeFile(join(path, 'good.yaml'), rules);
    await writeFile(join(path, 'typo.yaml'), rules.replace('sum by (namespace) (herald_ready)', 'sum by namespace (herald_ready)'));
    const good = await promtool(['check', 'rules', 'good.yaml'], { cwd: path });
    assert.equal(good.code, 0, good.output);
    assert.notEqual((await promtool(['check', 'rules', 'typo.yaml'], { cwd: path })).code, 0);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
  const { code, output } = await test_rules(rules, rule_tests);
  assert.equal(code, 0, output);
});

test('the tests of the rules notice a metric that is misspelt, a threshold and a time that are wrong', async () => {
  let wrong = rules;
  const planted = [['herald_canary_seconds > 1', 'herald_canary_second > 1', 'HeraldCanarySlow'],
    ['herald_connections_max > 0.9', 'herald_connections_max > 0.95', 'HeraldNearlyFull'], ['for: 15m', 'for: 5m', 'HeraldUneven']];
  for (const [from, to] of planted) {
    assert.ok(rules.includes(from), `${from}: the test is out of date`);
    wrong = wrong.replace(from, to);
  }
  const { code, output } = await test_rules(wrong, rule_tests);
  assert.notEqual(code, 0);
  for (const [, , alert] of planted) assert.ok(output.includes(alert), `${alert} is wrong, and nothing is said of it:\n${output}`);
});

test('each alert is tried, has a severity, and a runbook of its own', () => {
  assert.ok(alerts.length > 30);
  assert.deepEqual(new Set(alerts).size, alerts.length);
  for (const rule of rules.split('- alert: ').slice(1)) {
    const name = /^\w+/.exec(rule)[0];
    assert.match(rule, /severity: (critical|warning|info)/, name);
    assert.match(rule, new RegExp(`runbook: docs/operations\\.md#${name.toLowerCase()}\\n`), name);
    assert.ok(rule_tests.includes(`alertname="${name}",severity=`), `${name} is not tried`);
    const section = new RegExp(`^### ${name}\\n\\n\\*What it means:\\* .+\\n\\n\\*What to do:\\* .+$`, 'm');
    assert.match(operations, section, `${name} has no runbook`);
  }
  for (const [, name] of operations.matchAll(/^### (Herald\w+)$/gm)) assert.ok(alerts.includes(name), `the runbook has ${name}, which is no alert`);
});
