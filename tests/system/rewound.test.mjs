// A replica that takes over without the last messages: Redis itself has lost them, and gives their offsets again.

import assert from 'node:assert/strict';
import { SentinelRedis } from './support/redis_fleets.mjs';
import { scenario } from './support/stage.mjs';
import { sleep, until } from './support/wait.mjs';

scenario('a replica takes over two messages behind: who is connected and who comes back get the new ones, and are told of the lost ones', async (s) => {
  const redis = await SentinelRedis.start();
  s.at_end(() => redis.clear());
  const [a, b] = await Promise.all(['a', 'b'].map((name) => s.herald({ name, redis })));
  const publish = (n) => until(async () => (await b.publish({ to: { user: 'alice' }, data: n, id: `n${n}` })).status === 202,
    { within: 30_000, every: 50, what: `${n} is accepted` });
  const stays = await s.connect(a, 'alice');
  for (let n = 1; n <= 5; ++n) await publish(n);
  await sleep(300);   // the replicas have them

  const old = await redis.master();
  await old.command('CONFIG', 'SET', 'requirepass', 'replicas-do-not-know-this');
  await old.command('CLIENT', 'KILL', 'TYPE', 'replica');
  for (let n = 6; n <= 7; ++n) await publish(n);
  const before = await stays.received(7, 'user');
  const cursor_of = Object.fromEntries(before.map((f) => [f.data, f.cursor]));
  await old.stop();
  await until(async () => {
    const now = await redis.master();
    return now !== old && !now.program.ended;
  }, { within: 30_000, what: 'another master' });

  // They come back before anything new is published, and after.
  const come = (n, node) => s.connect(node, 'alice', { resume: { user: cursor_of[n] } });
  await b.ready();
  const early = { 3: await come(3, b), 7: await come(7, b) };
  for (let n = 8; n <= 10; ++n) await publish(n);
  const late = { 3: await come(3, a), 5: await come(5, b), 6: await come(6, a), 7: await come(7, b) };

  await stays.next((f) => f.data === 10, 20_000);
  assert.deepEqual(stays.notifications('user').map((f) => f.data), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const resets = (client) => client.frames.filter((f) => f.type === 'reset' && f.channel === 'user');
  assert.ok(resets(stays).length >= 1, 'who stayed is told that 6 and 7 are lost');
  for (const [when, clients] of Object.entries({ early, late })) {
    for (const [n, client] of Object.entries(clients)) {
      await client.next((f) => f.data === 10, 20_000);
      const expected = [4, 5, 8, 9, 10].filter((x) => x > n);
      assert.deepEqual(client.notifications('user').map((f) => f.data), expected, `who came ${when} with ${n}`);
      assert.ok(resets(client).length >= 1, `who came ${when} with ${n} is told that 6 and 7 are lost`);
      const [place, first_new] = [client.frames.indexOf(resets(client)[0]), client.frames.findIndex((f) => f.data === 8)];
      assert.ok(place < first_new, 'in its place');
    }
  }
  // Who comes with a position of today is told nothing.
  const today = await s.connect(a, 'alice', { resume: { user: stays.notifications('user').at(-1).cursor } });
  assert.equal(today.welcome.channels.user.recovered, true);
  await publish(11);
  await today.next((f) => f.data === 11);
  assert.equal(resets(today).length, 0);
}, { timeout: 120_000 });
