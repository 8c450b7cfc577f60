// A node subscribes in Redis to what has a local user, and to nothing else.

import assert from 'node:assert/strict';
import { scenario } from './support/stage.mjs';
import { sleep, until } from './support/wait.mjs';

/// Waits until exactly these channels have a subscriber.
async function subscribed(redis, ...channels) {
  const wanted = channels.map((name) => `notification:${name}`).sort();
  let last;
  await until(async () => {
    last = await redis.channels();
    return JSON.stringify(last) === JSON.stringify(wanted);
  }, { within: 10_000, what: 'the subscriptions' }).catch(() => assert.deepEqual(last, wanted));
}

scenario('only channels with a local user are subscribed, and none once the last has left', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--user-linger', '500ms'] });
  await subscribed(redis);
  const alice = await s.connect(node, 'alice', { groups: ['g1', 'g2'] });
  await subscribed(redis, 'alice', 'broadcast', 'group:g1', 'group:g2');
  const bob = await s.connect(node, 'bob', { groups: ['g2'] });
  await subscribed(redis, 'alice', 'bob', 'broadcast', 'group:g1', 'group:g2');
  const again = await s.connect(node, 'alice');
  await alice.close();
  await subscribed(redis, 'alice', 'bob', 'broadcast', 'group:g2');
  await bob.ask({ type: 'unsubscribe', group: 'g2' });
  await subscribed(redis, 'alice', 'bob', 'broadcast');
  await bob.ask({ type: 'subscribe', group: 'g3' });
  await subscribed(redis, 'alice', 'bob', 'broadcast', 'group:g3');
  bob.cut();
  await subscribed(redis, 'alice', 'broadcast');
  await again.close();
  await subscribed(redis);
  const back = await s.connect(node, 'alice');
  await subscribed(redis, 'alice', 'broadcast');
  await node.accept({ user: 'alice' }, 'hello again');
  assert.equal((await back.next('notification')).data, 'hello again');
});

scenario('a channel stays subscribed through a reconnect within the linger', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--user-linger', '3s'] });
  const alice = await s.connect(node, 'alice');
  await subscribed(redis, 'alice', 'broadcast');
  const calls = async (command) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(
    await redis.command('INFO', 'commandstats'))?.[1] ?? 0);
  const before = [await calls('subscribe'), await calls('unsubscribe')];
  for (let n = 0; n < 5; ++n) {
    (n ? await s.connect(node, 'alice') : alice).cut();
    await node.metric_is('websocket_connections', 0);
    assert.ok((await redis.channels()).includes('notification:alice'));
  }
  const back = await s.connect(node, 'alice');
  assert.deepEqual([await calls('subscribe'), await calls('unsubscribe')], before, 'not a command was sent');
  await sleep(3500);   // a linger that a reconnect did not cancel would unsubscribe now
  assert.ok((await redis.channels()).includes('notification:alice'));
  await redis.publish('notification:alice', '"still subscribed"');
  assert.equal((await back.next('notification')).data, 'still subscribed');
});

scenario('two nodes subscribe each for their own', async (s) => {
  const redis = await s.redis();
  const [a, b] = [await s.herald({ redis, args: ['--user-linger', '200ms'] }), await s.herald({ redis, args: ['--user-linger', '200ms'] })];
  const on_a = await s.connect(a, 'alice');
  const on_b = await s.connect(b, 'alice');
  await s.connect(b, 'bob');
  const subscribers = async (name) => (await redis.command('PUBSUB', 'NUMSUB', `notification:${name}`))[1];
  const counts = async (wanted) => until(async () => JSON.stringify([await subscribers('alice'), await subscribers('bob'),
    await subscribers('broadcast')]) === JSON.stringify(wanted), { what: `subscribers ${wanted}` });
  await counts([2, 1, 2]);
  await on_a.close();
  await counts([1, 1, 1]);
  await on_b.close();
  await counts([0, 1, 1]);
});

scenario('pattern mode listens with one pattern', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--redis-mode', 'pattern'] });
  await s.connect(node, 'alice', { groups: ['g'] });
  await until(async () => (await redis.command('PUBSUB', 'NUMPAT')) === 1, { what: 'one pattern' });
  assert.deepEqual(await redis.channels(), []);
});

scenario('a hundred users coming at once are subscribed in batches, and all get their messages', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis, args: ['--user-linger', '200ms'] });
  const clients = await Promise.all(Array.from({ length: 100 }, (_, n) => s.connect(node, `u${n}`, { groups: [`g${n % 10}`] })));
  // Each was welcomed, so each is subscribed: what is published now arrives.
  await Promise.all(clients.map((client, n) => redis.publish(`notification:u${n}`, `${n}`)));
  for (const [n, client] of clients.entries()) assert.equal((await client.next('notification')).data, n);
  await Promise.all(clients.map((client) => client.close()));
  await subscribed(redis);
});
