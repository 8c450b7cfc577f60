// The image as Kubernetes runs it: read-only, without rights, with limits; a client gets its notification, and a stop is clean.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Client } from '../system/support/client.mjs';
import { parse_metrics } from '../system/support/http.mjs';
import { token } from '../system/support/tokens.mjs';
import { Container, image, jwt_secret, limits, podman } from './container.mjs';

const bearer = (user) => ({ headers: { authorization: `Bearer ${token(jwt_secret, { sub: user, aud: 'notifications' })}` } });
const field = (text, name) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1];

test('the image says what it is, runs as nobody in particular, and leaves health to those who ask', async () => {
  const [{ Config: config, Size: bytes }] = JSON.parse(await podman('image', 'inspect', image));
  assert.equal(config.User, '10084:10084');
  assert.deepEqual(config.Entrypoint, ['/usr/bin/herald']);
  assert.equal(config.Healthcheck, undefined);
  assert.equal(config.StopSignal, 'SIGTERM');
  assert.ok(config.Env.includes('MALLOC_ARENA_MAX=2'), config.Env);
  for (const name of ['title', 'description', 'version', 'revision', 'base.name']) assert.ok(config.Labels[`org.opencontainers.image.${name}`], name);
  assert.ok(bytes < 250e6, `${bytes} bytes`);
  const packages = await podman('run', '--rm', '--runtime', 'runc', '--network', 'none', ...limits, '--entrypoint', '/usr/bin/dpkg-query', image, '-W');
  console.log(`${image}: ${(bytes / 1e6).toFixed(1)} MB, ${packages.split('\n').length} packages`);
  for (const tool of [/^g\+\+/m, /^meson/m, /^python3/m, /-dev\b/m]) assert.doesNotMatch(packages, tool, 'nothing that only builds');
});

test('a container without rights serves a client, knows its limits, and stops with 0 once its clients were told', async (t) => {
  const node = await Container.start(t);
  await node.ready();
  assert.equal((await node.get('/livez')).status, 200);

  const status = readFileSync(`/proc/${node.pid}/status`, 'utf8');
  assert.deepEqual([...new Set(field(status, 'Uid').split('\t'))], ['10084']);
  assert.equal(field(status, 'CapEff'), '0000000000000000');
  assert.equal(field(status, 'NoNewPrivs'), '1');
  assert.match(readFileSync(`/proc/${node.pid}/mountinfo`, 'utf8'), /^\S+ \S+ \S+ \S+ \/ ro,/m, 'the root is read-only');
  assert.equal(readFileSync(`/proc/${node.pid}/comm`, 'utf8').trim(), 'herald', 'process 1 is herald itself, no shell');
  const threads = (await node.get('/admin/actors?limit=1')).json.shards;
  assert.equal(threads.length, 2, `half a CPU makes one shard, beside the internal port's: ${JSON.stringify(threads)}`);
  assert.equal((await node.get('/admin/nodes')).json.nodes[0].memory_limit_bytes, 256 << 20);

  const alice = await Client.connect(node.public_port, undefined, bearer('alice'));
  assert.equal((await node.publish({ to: { user: 'alice' }, data: { text: 'from within' } })).status, 202);
  assert.deepEqual((await alice.next('notification')).data, { text: 'from within' });
  assert.equal(parse_metrics((await node.get('/metrics')).text).value('websocket_connections'), 1);

  const stopped = node.stop();
  assert.equal((await alice.next('bye', 15_000)).reason, 'drain');
  assert.equal((await alice.end()).code, 1012);
  assert.equal(await stopped, 0);
  const events = (await node.log()).trim().split('\n').map((line) => JSON.parse(line).event);
  assert.equal(events.at(-1), 'stopped', events.join(' '));
});

test('more of a CPU is more shards, as many as it may use', async (t) => {
  const node = await Container.start(t, { cpus: '1.5' });
  await node.ready();
  assert.equal((await node.get('/admin/actors?limit=1')).json.shards.length, 3);
});

test('a bad setting ends the container at once, with 2 and the setting\'s name', async (t) => {
  const node = await Container.start(t, { args: ['--ping-interval', 'soon'] });
  assert.equal(Number(await podman('wait', node.id)), 2);
  assert.match(await node.log(), /ping-interval/);
});
