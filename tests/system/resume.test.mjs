// Clients that come back: nothing lost, nothing twice, on whichever node.

import assert from 'node:assert/strict';
import { refused, Client } from './support/client.mjs';
import { scenario } from './support/stage.mjs';
import { sleep, until } from './support/wait.mjs';

const data_of = (client, channel) => client.notifications(channel).map((n) => n.data);
const range = (from, to) => Array.from({ length: to - from }, (_, n) => from + n);
const last_cursor = (client, channel) => client.frames.filter((f) => f.cursor && f.channel === channel).at(-1)?.cursor
  ?? client.welcome.channels[channel].cursor;

for (const backplane of ['memory', 'redis', 'redis, by pattern']) {
  const start = async (s) => {
    if (backplane === 'memory') {
      const node = await s.herald();
      return [node, node];
    }
    const redis = await s.redis();
    const args = backplane === 'redis' ? [] : ['--redis-mode', 'pattern'];
    return Promise.all(['a', 'b'].map((name) => s.herald({ name, redis, args })));
  };

  scenario(`who comes back with cursors gets what was missed, then live messages, once and in order (${backplane})`, async (s) => {
    const [a, b] = await start(s);
    const first = await s.connect(a, 'alice', { groups: ['g'] });
    for (const n of range(0, 3)) await a.accept({ user: 'alice' }, n);
    await first.received(3, 'user');
    const resume = Object.fromEntries(['user', 'broadcast', 'group:g'].map((c) => [c, last_cursor(first, c)]));
    assert.ok(Object.values(resume).every(Boolean), 'every channel has a cursor, those without a message too');
    first.cut();
    for (const n of range(3, 6)) await b.accept({ user: 'alice' }, n);
    await b.accept({ broadcast: true }, 'all');
    await b.accept({ group: 'g' }, 'some');
    const back = await s.connect(b, 'alice', { groups: ['g'], resume });
    for (const channel of ['user', 'broadcast', 'group:g']) assert.equal(back.welcome.channels[channel].recovered, true);
    for (const n of range(6, 9)) await a.accept({ user: 'alice' }, n);
    await back.received(6, 'user');
    await back.received(2, 'broadcast', 100).catch(() => {});
    assert.deepEqual(data_of(back, 'user'), range(3, 9));
    assert.deepEqual(data_of(back, 'broadcast'), ['all']);
    assert.deepEqual(data_of(back, 'group:g'), ['some']);
    assert.equal(back.frames[0].type, 'welcome', 'the welcome comes first');
    assert.ok(!back.frames.some((f) => f.type === 'reset'));
  });

  scenario(`a cursor of 0 is the log's start; without cursor and device a client starts live (${backplane})`, async (s) => {
    const [a, b] = await start(s);
    for (const n of range(0, 300)) await a.accept({ user: 'alice' }, n);
    const [all, live] = [await s.connect(b, 'alice', { resume: { user: '0' } }), await s.connect(b, 'alice')];
    await all.received(300, 'user');
    await a.accept({ user: 'alice' }, 300);
    assert.deepEqual((await all.received(301, 'user')).map((n) => n.data), range(0, 301));
    assert.deepEqual((await live.received(1, 'user')).map((n) => n.data), [300]);
  });

  scenario(`what is gone is said, and the rest follows (${backplane})`, async (s) => {
    const redis = backplane === 'memory' ? null : await s.redis();
    const args = ['--log-max-entries', '10', ...(backplane.endsWith('pattern') ? ['--redis-mode', 'pattern'] : [])];
    const node = await s.herald(redis ? { redis, args } : { args });
    const first = await s.connect(node, 'alice');
    await node.accept({ user: 'alice' }, 0);
    const [{ cursor }] = await first.received(1, 'user');
    first.cut();
    for (const n of range(1, 31)) await node.accept({ user: 'alice' }, n);
    const back = await s.connect(node, 'alice', { resume: { user: cursor } });
    assert.equal(back.welcome.channels.user.recovered, false);
    const reset = await back.next('reset');
    assert.equal(reset.channel, 'user');
    assert.deepEqual((await back.received(10, 'user')).map((n) => n.data), range(21, 31));
    assert.ok(back.frames.indexOf(reset) < back.frames.findIndex((f) => f.type === 'notification'));
    // The cursor of the reset is as good as any.
    const again = await s.connect(node, 'alice', { resume: { user: reset.cursor } });
    assert.equal(again.welcome.channels.user.recovered, true);
    assert.deepEqual((await again.received(10, 'user')).map((n) => n.data), range(21, 31));
    const stranger = await s.connect(node, 'alice', { resume: { user: 'abcdef0123456789.3.77' } });
    assert.equal(stranger.welcome.channels.user.recovered, false);
    await stranger.next('reset');
    assert.deepEqual((await stranger.received(10, 'user')).map((n) => n.data), range(21, 31));
  });

  scenario(`a device that acknowledges goes on from there on any node (${backplane})`, async (s) => {
    const [a, b] = await start(s);
    for (const n of range(0, 3)) await a.accept({ user: 'alice' }, n);
    const phone = await s.connect(a, 'alice', { device: 'phone', groups: ['g'] });
    assert.deepEqual((await phone.received(3, 'user')).map((n) => n.data), range(0, 3), 'a new device shows what its user missed');
    const ack = await phone.ask({ type: 'ack', channel: 'user', cursor: phone.notifications('user')[1].cursor });
    assert.equal(ack.type, 'acknowledged');
    await a.accept({ group: 'g' }, 'first');
    const [{ cursor }] = await phone.received(1, 'group:g');
    assert.equal((await phone.ask({ type: 'ack', channel: 'group:g', cursor })).type, 'acknowledged');
    phone.cut();
    await b.accept({ group: 'g' }, 'second');
    const back = await s.connect(b, 'alice', { device: 'phone', groups: ['g'] });
    assert.deepEqual((await back.received(1, 'user')).map((n) => n.data), [2]);
    assert.deepEqual((await back.received(1, 'group:g')).map((n) => n.data), ['second']);
    // An older acknowledgement changes nothing, and another device is another one.
    await back.ask({ type: 'ack', channel: 'group:g', cursor });
    await back.ask({ type: 'ack', channel: 'group:g', cursor: back.notifications('group:g')[0].cursor });
    await back.ask({ type: 'ack', channel: 'group:g', cursor });
    back.cut();
    const third = await s.connect(a, 'alice', { device: 'phone', groups: ['g'] });
    await a.accept({ group: 'g' }, 'third');
    assert.deepEqual((await third.received(1, 'group:g')).map((n) => n.data), ['third']);
    const tablet = await s.connect(a, 'alice', { device: 'tablet' });
    assert.deepEqual((await tablet.received(3, 'user')).map((n) => n.data), range(0, 3));
  });
}

scenario('a group is joined with a cursor, and a first frame may resume', async (s) => {
  const node = await s.herald();
  for (const n of range(0, 4)) await node.accept({ group: 'g' }, n);
  const all = await s.connect(node, 'alice');
  const joined = await all.ask({ type: 'subscribe', group: 'g', cursor: '0' });
  assert.deepEqual([joined.type, joined.recovered], ['subscribed', true]);
  assert.deepEqual((await all.received(4, 'group:g')).map((n) => n.data), range(0, 4));
  const part = await s.connect(node, 'bob');
  const resumed = await part.ask({ type: 'subscribe', group: 'g', cursor: all.notifications('group:g')[1].cursor });
  assert.equal(resumed.recovered, true);
  assert.deepEqual((await part.received(2, 'group:g')).map((n) => n.data), [2, 3]);
  const end = await s.connect(node, 'carol');
  const { cursor } = await end.ask({ type: 'subscribe', group: 'g' });
  assert.equal(cursor, last_cursor(all, 'group:g'), 'without a cursor, a group begins at its end');
  const bad = await end.ask({ type: 'subscribe', group: 'h', cursor: 'nonsense' });
  assert.deepEqual([bad.code, bad.field], ['bad_field', 'cursor']);

  for (const n of range(0, 3)) await node.accept({ user: 'dora' }, n);
  const dora = await s.connect(node, 'dora');
  const answer = await dora.ask({ type: 'resume', channels: { user: '0' } });
  assert.deepEqual([answer.type, answer.channel, answer.recovered], ['subscribed', 'user', true]);
  assert.deepEqual((await dora.received(3, 'user')).map((n) => n.data), range(0, 3));
  await node.accept({ user: 'dora' }, 3);
  await dora.received(4, 'user');
  const late = await dora.ask({ type: 'resume', channels: { user: '0' } });
  assert.deepEqual([late.type, late.code], ['error', 'too_late']);
});

scenario('a bad cursor, or one for a channel that the session is not in, is refused by name', async (s) => {
  const node = await s.herald();
  for (const resume of [{ user: 'x' }, { 'group:other': '0' }, { user: 7 }, 'not json', { nonsense: '0' }]) {
    const answer = await refused(Client.connect(node.public_port, 'alice', { groups: ['g'], resume }));
    assert.equal(answer.status, 400);
    assert.equal(answer.json.error.field, 'resume');
  }
});

scenario('clients that come and go while messages flow lose nothing and get nothing twice', async (s) => {
  const redis = await s.redis();
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => s.herald({ name, redis })));
  let sending = true;
  const sent = { user: 0, broadcast: 0, 'group:g': 0 };
  const publishing = Promise.all(Object.entries({ user: { user: 'alice' }, broadcast: { broadcast: true }, 'group:g': { group: 'g' } })
    .map(async ([channel, to], n) => {
      while (sending) await nodes[n].accept(to, sent[channel]++);
    }));
  const got = { user: [], broadcast: [], 'group:g': [] };
  let resume = { user: '0', broadcast: '0', 'group:g': '0' };
  const visit = async (n, ms) => {
    const client = await s.connect(nodes[n % 3], 'alice', { groups: ['g'], resume });
    await sleep(ms);
    client.cut();
    assert.ok(!client.frames.some((f) => f.type === 'reset'));
    for (const f of client.notifications()) got[f.channel].push(f.data);
    resume = Object.fromEntries(Object.keys(got).map((channel) => [channel, last_cursor(client, channel)]));
  };
  for (const n of range(0, 25)) await visit(n, Math.random() * 120);
  sending = false;
  await publishing;
  await until(async () => {
    await visit(1, 200);
    return Object.keys(sent).every((channel) => got[channel].length >= sent[channel]);
  }, { within: 20_000, what: 'everything arrived' });
  for (const channel of Object.keys(sent)) assert.deepEqual(got[channel], range(0, sent[channel]), channel);
  assert.ok(sent.user > 100, `only ${sent.user} messages`);
}, { timeout: 120_000 });
