// The log, as those read it who search it and alert on it: one JSON object a line, nothing secret in it, and floods counted instead of written.

import assert from 'node:assert/strict';
import { refused } from './support/client.mjs';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

const marker = 'kept-to-themselves-0451';

/// The log's lines, each an object; the log is whole up to its last line end.
const lines = (node) => node.log.split('\n').slice(0, -1).map((line) => JSON.parse(line));
const of = (node, event) => lines(node).filter((line) => line.event === event);

scenario('a flood of one event is a line a second, and a line that says how many more there were', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--redis-mode', 'pattern'] });
  await s.connect(node, 'alice');
  for (let n = 0; n < 200; ++n) await redis.publish('notification:alice', '{"not":json');
  await node.metric_is('herald_dropped_total', 200, { labels: { reason: 'bad_json' } });
  const said = () => of(node, 'bad_message').reduce((sum, line) => sum + (line.repeated ?? 1), 0);
  await until(() => said() === 200, { within: 5000, what: 'all 200 are said, without another one' });
  const written = of(node, 'bad_message');
  const full = written.filter((line) => line.why);
  assert.ok(full.length >= 1 && full.length < 50, `${full.length} lines`);
  assert.ok(full.every((line) => line.level === 'warn' && line.channel && line.repeated === undefined));
  const repeats = written.filter((line) => line.repeated);
  assert.ok(repeats.length >= 1 && repeats.every((line) => line.level === 'warn' && Object.keys(line).length === 4));
  assert.ok(await node.metric('herald_log_lines_repeated_total') >= 200 - full.length);
});

scenario('what a node ends with is said before it ends, repeats included', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--redis-mode', 'pattern'] });
  await s.connect(node, 'alice');
  for (let n = 0; n < 20; ++n) await redis.publish('notification:alice', 'x');
  await node.metric_is('herald_dropped_total', 20, { labels: { reason: 'bad_json' } });
  await node.stop();
  assert.equal(of(node, 'bad_message').reduce((sum, line) => sum + (line.repeated ?? 1), 0), 20);
  assert.ok(lines(node).slice(-2).some(({ event }) => event === 'stopped'), 'only what was held back may come after it');
});

scenario('no payload and nothing that a client says of itself in secret is in the log, at its most talkative', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--log-level', 'debug', '--client-publish', 'all', '--redis-mode', 'pattern'] });
  const client = await s.connect(node, 'alice', { query: { token: marker }, headers: { authorization: `Bearer ${marker}`, cookie: `id=${marker}` } });
  await node.accept({ user: 'alice' }, marker);
  await client.received(1);
  await client.ask({ type: 'publish', to: { user: 'alice' }, data: { text: marker } });
  client.send({ type: marker });
  client.socket.send(`{"${marker}`);
  await redis.publish('notification:alice', `{"${marker}"`);
  await node.publish(`{"to":{"user":"alice"},"data":"${marker}"`);
  await node.get('/admin/nodes', { headers: { authorization: `Bearer ${marker}` } });
  await refused(s.connect(node, 'a b', { query: { token: marker } }));
  await client.close();
  await until(() => of(node, 'connection_closed').length > 0 && of(node, 'bad_message').length > 0, { what: 'the log has come so far' });
  assert.ok(lines(node).every((line) => line.time && line.level && /^[a-z_]+$/.test(line.event)));
  assert.ok(!node.log.includes(marker), node.lines(marker)[0]);
});
