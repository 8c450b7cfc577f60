// How many pods it takes: from what this node's own connections and deliveries cost.

import assert from 'node:assert/strict';
import { herald_load_bin, patience, sanitized } from './support/binaries.mjs';
import { run } from './support/processes.mjs';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

scenario('a node without load says so, reckons with the benchmark, and names what is wrong with a question', async (s) => {
  const node = await s.herald({ args: ['--max-connections', '5000'] });
  const found = await node.json('/admin/capacity?connections=20000&deliveries_per_s=1000&memory_limit=2GiB');
  assert.equal(found.is_measured, false);
  assert.equal(found.figures.bytes_a_connection, 8400);
  assert.equal(found.figures.bytes_a_connection_from, 'default');
  assert.ok(found.figures.base_bytes > 1 << 20 && found.figures.reserve_bytes === (256 + 32) * 2 ** 20);
  assert.match(found.notes.join(), /too few connections.*too little load/);
  // The old service's figures: 5,000 a pod.
  assert.deepEqual([found.a_pod.connections, found.a_pod.bound_by], [5000, 'max_connections']);
  assert.deepEqual(found.pods, { by_rule: 6, with_one_lost: 5, needed: 6, by_rule_of_the_replaced_service: 6 });
  assert.equal(found.hpa.average_value, 3333);
  assert.equal(found.hpa.scales_up_above, 3666);
  for (const [query, field] of [['', 'connections'], ['connections=many', 'connections'], ['connections=0', 'connections'],
    ['connections=1&memory_limit=1Gi', 'memory_limit'], ['connections=1&deliveries_per_s=-1', 'deliveries_per_s'], ['connections=1&pods=2', 'pods']]) {
    const { status, json } = await node.get(`/admin/capacity?${query}`);
    assert.equal(status, 400, query);
    assert.equal(json.error.field, field, query);
  }
});

scenario('a node under load measures what a connection and a delivery cost it', async (s) => {
  const node = await s.herald();
  const load = run(herald_load_bin, ['--node', `127.0.0.1:${node.public_port}`, '--users', '600', '--mode', 'broadcast', '--count', '60', '--rate', '15',
    '--publish', `http://127.0.0.1:${node.admin_port}`, '--hold', '3s', '--settle', `${5 * patience}s`, '--timeout', `${60 * patience}s`, '--quiet'], { timeout: 90_000 });
  const ask = () => node.json('/admin/capacity?connections=20000&memory_limit=1GiB');
  const found = await until(async () => {
    const now = await ask();
    return now.is_measured && now;
  }, { within: 30_000, every: 200, what: 'it has measured' });
  assert.ok(found.figures.measured_connections >= 500);
  assert.ok(found.figures.bytes_a_connection > 1000 && (sanitized || found.figures.bytes_a_connection < 100_000), `${found.figures.bytes_a_connection}`);
  assert.ok(found.figures.cpu_us_a_delivery > 0 && found.figures.cpu_us_a_delivery < 1000 * patience, `${found.figures.cpu_us_a_delivery}`);
  assert.ok(found.figures.deliveries_per_s_a_connection > 0);
  assert.deepEqual(found.notes, []);
  for (const { by, connections } of found.a_pod.bounds) assert.ok(connections > 0, by);
  assert.ok(found.pods.needed >= 2 && found.hpa.average_value < found.a_pod.connections);
  const { code, output } = await load;
  assert.equal(code, 0, output);
  assert.ok((await ask()).is_measured, 'it is remembered');
}, { timeout: 120_000 });
