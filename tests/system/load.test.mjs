// The load tool against one node and three: it knows what is due to every session and exits with 0 only if that came.

import assert from 'node:assert/strict';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { herald_load_bin, patience } from './support/binaries.mjs';
import { run } from './support/processes.mjs';
import { scenario } from './support/stage.mjs';

async function load(s, nodes, args) {
  const folder = await mkdtemp(join(tmpdir(), 'herald-load-'));
  s.at_end(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'result.json');
  const { code, output } = await run(herald_load_bin, [...nodes.flatMap((node) => ['--node', `127.0.0.1:${node.public_port}`]),
    '--users', '200', '--hold', '100ms', '--settle', `${5 * patience}s`, '--timeout', `${40 * patience}s`, '--quiet', '--json', file, ...args],
  { timeout: 60_000 });
  assert.equal(code, 0, output);
  const result = JSON.parse(await readFile(file, 'utf8'));
  assert.equal(result.ok, true, output);
  return result;
}

const targets = {
  unicast: { args: ['--mode', 'unicast'], due: (messages) => messages },
  group: { args: ['--mode', 'group', '--groups', '10'], due: (messages) => 20 * messages },
  broadcast: { args: ['--mode', 'broadcast'], due: (messages) => 200 * messages } };

/// Two hundred messages of each kind, at a rate; then a burst of mixed ones.
async function carries(s, nodes, publish) {
  for (const [mode, { args, due }] of Object.entries(targets)) {
    const { deliveries, publish: published, connect } = await load(s, nodes,
      ['--publish', publish, '--count', '200', '--rate', '400', ...args]);
    assert.equal(connect.ready, 200, mode);
    assert.equal(published.accepted, 200, mode);
    assert.equal(deliveries.due, due(200), `${mode}: what is due`);
    assert.equal(deliveries.delivered, due(200), `${mode}: what came`);
  }
  const burst = await load(s, nodes, ['--publish', publish, '--count', '1000', '--rate', '0', '--mode', 'mixed', '--groups', '10',
    '--sessions-per-user', '2']);
  assert.equal(burst.connect.ready, 400);
  assert.ok(burst.deliveries.due > 2000, `${burst.deliveries.due}`);
  assert.equal(burst.deliveries.delivered, burst.deliveries.due);
}

const http = (node) => `http://127.0.0.1:${node.admin_port}`;

scenario('one node by itself carries a load published over HTTP', async (s) => {
  const node = await s.herald();
  await carries(s, [node], http(node));
}, { timeout: 120_000 });

scenario('one node with Redis carries a load published over Redis and over HTTP, kept in the log', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis });
  await carries(s, [node], redis.url);
  const kept = await load(s, [node], ['--publish', http(node), '--durable', '--batch', '50', '--publish-connections', '4',
    '--count', '2000', '--rate', '0', '--mode', 'unicast']);
  assert.equal(kept.deliveries.delivered, 2000);
}, { timeout: 120_000 });

scenario('three nodes carry a load published over Redis', async (s) => {
  const redis = await s.redis();
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => s.herald({ name, redis })));
  await carries(s, nodes, redis.url);
}, { timeout: 120_000 });

scenario('three nodes carry a load published over HTTP through one of them', async (s) => {
  const redis = await s.redis();
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => s.herald({ name, redis })));
  await carries(s, nodes, http(nodes[2]));
  const kept = await load(s, nodes, ['--publish', http(nodes[0]), '--durable', '--count', '500', '--rate', '0', '--mode', 'group', '--groups', '5']);
  assert.equal(kept.deliveries.delivered, kept.deliveries.due);
}, { timeout: 120_000 });

scenario('the load tool notices when nothing arrives', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis });
  const { code, output } = await run(herald_load_bin, ['--node', `127.0.0.1:${node.public_port}`, '--users', '10', '--mode', 'unicast',
    '--publish', redis.url, '--channel-prefix', 'elsewhere:', '--count', '20', '--rate', '0', '--settle', '500ms', '--quiet'], { timeout: 30_000 });
  assert.equal(code, 1, output);
  assert.match(output, /20 missing/);
});
