// The operators' page in a real browser: who is in trouble comes first while it happens, and nothing on it is older than it says.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { patience } from './support/binaries.mjs';
import { faint_texts, open_browser, open_page, overflow, screenshot } from './support/browser.mjs';
import { scenario } from './support/stage.mjs';
import { sleep, until } from './support/wait.mjs';

let browser;
before(async () => { browser = await open_browser(); });
after(() => browser?.close());

const names = ['pod-a', 'pod-b', 'pod-c'];
/// So long the load goes on before pictures are taken: for those in docs/pictures, whose charts are to show something.
const lead_ms = Number(process.env.HERALD_PICTURES_LEAD_MS ?? 0);

/// The page as an operator sees it: what its parts are called, not how they are built.
class Desk {
  static async open(s, node, { before_it = () => {}, ...options } = {}) {
    const desk = new Desk();
    desk.page = await open_page(s, browser, `http://127.0.0.1:${node.admin_port}/admin/`, options, before_it);
    return desk;
  }

  part(name) { return this.page.getByRole('region', { name }); }
  button(name) { return this.page.getByRole('button', { name, exact: true }); }
  rows(table) { return this.page.getByRole('group', { name: table, exact: true }).locator('tbody tr'); }
  says(words) { return this.page.locator('header').getByRole('status').filter({ hasText: new RegExp(`^${words}$`) }).waitFor(); }
  note(part, text) { return this.part(part).getByRole('status').filter({ hasText: text }).waitFor(); }

  /// Waits, for three seconds at most, until the first of the top actors, in one of their orders, reads like this.
  async comes_first(order, words) {
    await this.page.getByRole('columnheader', { name: order }).getByRole('button').click();
    let last;
    await until(async () => words.test(last = await this.rows('Actors').first().innerText({ timeout: 1000 })), { within: 3000, every: 50, what: `${words} comes first` })
      .catch((error) => assert.fail(`${error.message}; first: ${last}`));
    return last;
  }

  fine() { assert.deepEqual(this.page.problems, []); }
}

const post = (node, path) => node.get(path, { method: 'POST' });

/// Three nodes on one Redis that know of each other, each with clients, and a publish to everybody and one to each user, five times a second.
async function busy_fleet(s) {
  const redis = await s.redis();
  const nodes = await Promise.all(names.map((name) => s.herald({ redis, name, args: ['--allow-test-hooks', 'true', '--shards', '2', '--socket-send-buffer', '16KiB'] })));
  const users = Array.from({ length: 12 }, (_, n) => `user-${n}`);
  for (const [n, user] of users.entries()) await s.connect(nodes[n % 3], user);
  await s.connect(nodes[1], 'slow-user');
  let ends = false;
  const load = (async () => {
    for (let n = 0; !ends; ++n) {
      await nodes[n % 3].accept({ broadcast: true }, n);
      await nodes[n % 3].accept({ users: [...users, 'slow-user'] }, n);
      await sleep(100);
    }
  })();
  await until(async () => (await nodes[0].json('/admin/nodes')).totals.live === 3, { within: 10_000, what: 'the nodes know of each other' });
  return { redis, nodes, end_load: () => { ends = true; return load; } };
}

scenario('three nodes under load: who stops reading, who is slow and what stands still come first within 3 s', async (s) => {
  const { nodes: [a, b, c], end_load } = await busy_fleet(s);
  const desk = await Desk.open(s, a, { width: 1280, height: 1100 });
  await desk.says('live');
  await until(async () => (await desk.rows('Nodes').allInnerTexts()).map((text) => /^pod-\w/.exec(text)[0]).join() === names.join(), { what: 'all nodes, by name' });
  await desk.part('Fleet').getByText('3 of 3 nodes live').waitFor();
  await desk.part('Figures').getByRole('img', { name: /^Connections, last five minutes: now 13; least / }).waitFor();
  await desk.part('Figures').getByRole('img', { name: /^Deliveries a second, .*: now [1-9]/ }).waitFor();
  await sleep(lead_ms);

  const stuck = await s.connect(c, 'never-reads');
  stuck.socket.pause();
  for (let n = 0; n < 24; ++n) await b.accept({ user: 'never-reads' }, 'x'.repeat(200_000), { durable: n % 2 === 0 });
  await desk.comes_first('Outbox', /^session \d+\s+socket\s+never-reads\s+pod-c\s+\d\s+its client('s socket takes no more| is too slow)/);
  await desk.part('In trouble').getByText('never-reads').waitFor();
  await screenshot(desk.page, 'operators-socket', { whole: false });

  assert.equal((await post(b, '/admin/test/slow-handler?user=slow-user&ms=20&for_ms=10000')).status, 200);
  await desk.comes_first('Busy of late', /^user_router \d+\s+handler\s+slow-user\s+pod-b\s+\d\s+of late a message took (2\d|[3-9]\d|1\d\d)(\.\d)? ms/);
  await screenshot(desk.page, 'operators-handler', { whole: false });

  assert.equal((await post(b, `/admin/test/block-shard?shard=1&ms=${2000 * patience}`)).status, 200);
  const first = await desk.comes_first('Age', /^shard 1 stands still\s+handler\s+pod-b\s+1\s+shard 1 has not turned for [\d,]+ ms; it runs directory \d+/);
  assert.ok(first);
  await desk.part('In trouble').getByRole('listitem').first().filter({ hasText: /stuck.*shard 1 stands still on pod-b/s }).waitFor();
  await screenshot(desk.page, 'operators-stuck', { whole: false });
  await end_load();
  stuck.cut();
  desk.fine();
}, { timeout: 90_000 + lead_ms });

scenario('a page that lost contact says since when, and does not show old figures as live ones', async (s) => {
  const node = await s.herald();
  await s.connect(node, 'alice');
  const desk = await Desk.open(s, node);
  await desk.says('live');
  await desk.rows('Nodes').first().waitFor();
  assert.equal(await desk.page.locator('[data-stale]').count(), 0);
  await node.kill();
  await desk.says('lost contact');
  await desk.page.locator('header').getByText(/since \d\d:\d\d:\d\d: the node can not be reached\. Next try (now|in \d+ s)/).waitFor();
  const shown = await desk.part('Fleet').evaluate((e) => getComputedStyle(e, '::before').content);
  assert.match(shown, /Not live: as of \d\d:\d\d:\d\d/);
  const { found } = await faint_texts(desk.page);
  assert.deepEqual(found, [], 'what is old can still be read');
  await screenshot(desk.page, 'operators-lost');
  await node.again();
  await desk.button('Try now').click({ timeout: 2000 }).catch(() => {});   // or it came back by itself
  await desk.says('live');
  assert.equal(await desk.page.locator('[data-stale]').count(), 0);
  desk.fine();
});

scenario('a tab that is not seen asks nothing', async (s) => {
  const node = await s.herald();
  const desk = await Desk.open(s, node);
  await desk.rows('Nodes').first().waitFor();
  const hide = (hidden) => desk.page.evaluate((is) => {
    Object.defineProperty(document, 'hidden', { value: is, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(true);
  await desk.says('paused');
  await desk.page.waitForLoadState('networkidle');
  let asked = 0;
  desk.page.on('request', () => ++asked);
  await sleep(1500);
  assert.equal(asked, 0);
  await hide(false);
  await desk.says('live');
  await until(() => asked > 0, { what: 'it asks again' });
  desk.fine();
});

scenario('with keys the page asks for one, and says what is wrong with it', async (s) => {
  const [ops, shop] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const folder = await mkdtemp(join(tmpdir(), 'herald-keys-'));
  s.at_end(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'keys'), `ops admin ${ops}\nshop publish ${shop}\n`);
  const node = await s.herald({ args: ['--api-keys-file', join(folder, 'keys')] });
  const desk = await Desk.open(s, node);
  const lock = desk.part('A key is needed');
  const enter = async (key) => {
    await lock.getByLabel('Key', { exact: true }).fill(key);
    await desk.page.keyboard.press('Enter');
  };
  const says = (words) => lock.getByRole('alert').filter({ hasText: words }).waitFor();
  await desk.says('needs a key');
  await says(/api-keys-file, with the right admin/);
  await enter('x'.repeat(40));
  await says(/does not know this key/);
  await enter(shop);
  await says(/Use a key whose line in api-keys-file has the right admin/);
  await screenshot(desk.page, 'operators-key');
  await enter(ops);
  await desk.says('live');
  await lock.waitFor({ state: 'hidden' });
  await desk.rows('Nodes').first().waitFor();
  assert.deepEqual(await desk.page.evaluate(() => [sessionStorage.length, localStorage.length]), [0, 0], 'the key is nowhere but in the page');
  await desk.page.reload();
  await desk.says('needs a key');
  await lock.getByLabel(/keep it until this tab is closed/).check();
  await enter(ops);
  await desk.says('live');
  await desk.page.reload();
  await desk.says('live');
  await desk.button('Forget the key').click();
  await desk.says('needs a key');
  assert.deepEqual(await desk.page.evaluate(() => sessionStorage.length), 0);
  for (const path of ['/admin/nodes', '/admin/actors', '/admin/%', '/admin/./']) assert.equal((await node.get(path)).status, 401, path);
  assert.equal((await post(node, '/admin/')).status, 401);
  desk.fine();
});

scenario('the page is one file that can do no more than ask its node', async (s) => {
  const node = await s.herald();
  const { status, text, headers } = await node.get('/admin/');
  assert.equal(status, 200);
  assert.equal(headers['cache-control'], 'no-store');
  const policy = Object.fromEntries(headers['content-security-policy'].split('; ').map((rule) => [rule.split(' ')[0], rule.slice(rule.indexOf(' ') + 1)]));
  assert.deepEqual([policy['default-src'], policy['connect-src'], policy['base-uri'], policy['frame-ancestors']], ["'none'", "'self'", "'none'", "'none'"]);
  const inside = (tag) => new RegExp(`<${tag}>([^]*)</${tag}>`).exec(text)[1];
  for (const [tag, rule] of [['script', 'script-src'], ['style', 'style-src']]) {
    assert.equal(policy[rule], `'sha256-${createHash('sha256').update(inside(tag)).digest('base64')}'`, tag);
  }
  assert.doesNotMatch(text, /(src|href)="(https?:)?\/\//);
  assert.doesNotMatch(inside('script'), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/);
  const folder = await mkdtemp(join(tmpdir(), 'herald-page-'));
  s.at_end(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'page.js'), inside('script'));
  execFileSync(process.execPath, ['--check', join(folder, 'page.js')]);
  const moved = await node.get('/admin');
  assert.deepEqual([moved.status, moved.headers.location], [308, 'admin/']);
  assert.equal((await node.get('/admin/nothing')).status, 404);
});

scenario('what nodes and clients call themselves stays text', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis });
  const evil = '<img src=x onerror="window.caught=1">';
  const fake = { type: 'node', name: 'evil', instance: '0'.repeat(16), version: evil, started_ms: 1, connections: 1, subscribed: true, publishing: true, not_ready: evil };
  const desk = await Desk.open(s, node, { before_it: (page) => page.route(/\/actors\?/, async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    json.actors.unshift({ node: evil, kind: evil, id: 1, user: evil, shard: 0, age_ms: 1, mailbox: 1, recent: { busy_ms: 60, handling_us_highest: 20_000 }, blame: 'handler', note: evil });
    return route.fulfill({ response: answer, json });
  }) });
  await desk.says('live');
  await redis.publish('herald:control', `herald1-say ${JSON.stringify(fake)}`);
  await desk.rows('Actors').first().filter({ hasText: evil }).waitFor();
  await desk.part('In trouble').getByText(evil).first().waitFor();
  await desk.rows('Actors').first().getByRole('button', { name: evil }).click();
  await desk.note('Find a user', /user: .*\(400\)/);
  await desk.part('Follow a notification').getByLabel(/^Its id/).fill(evil);
  await desk.button('Follow').click();
  await desk.part('Follow a notification').getByRole('status').filter({ hasText: /./ }).waitFor();
  assert.equal(await desk.page.locator('img').count(), 0);
  assert.equal(await desk.page.evaluate(() => window.caught), undefined);
  desk.fine();
});

scenario('a user is found, on every node, and the sessions are ended after a question', async (s) => {
  const redis = await s.redis();
  const [a, b] = await Promise.all(['pod-a', 'pod-b'].map((name) => s.herald({ redis, name })));
  await until(async () => (await a.json('/admin/nodes')).totals.live === 2, { within: 10_000, what: 'they know of each other' });
  const [phone, laptop] = [await s.connect(a, 'o/brien@x', { device: 'phone' }), await s.connect(b, 'o/brien@x', { groups: ['staff'] })];
  await a.accept({ user: 'o/brien@x' }, 'hello');
  for (const client of [phone, laptop]) await client.received(1, 'user');
  const desk = await Desk.open(s, a);
  await desk.says('live');
  await desk.page.keyboard.press('/');
  await desk.page.keyboard.type('o/brien@x');
  await desk.page.keyboard.press('Enter');
  await desk.note('Find a user', /o\/brien@x has 2 sessions on pod-a, pod-b\./);
  const rows = desk.rows('Sessions of o/brien@x');
  assert.equal(await rows.count(), 2);
  assert.match(await rows.filter({ hasText: 'pod-a' }).innerText(), /phone\s+127\.0\.0\.1\s+herald\.v1.*user: sent 1; /s);
  assert.match(await rows.filter({ hasText: 'pod-b' }).innerText(), /group:staff: /);
  await screenshot(desk.page, 'operators-user');
  await desk.button('End the sessions …').click();
  await desk.button('Cancel').click();
  await desk.button('End the sessions …').click();
  await desk.page.getByRole('dialog', { name: 'End the sessions of o/brien@x?' }).getByRole('button', { name: 'End them' }).click();
  await desk.note('Find a user', /All nodes are told to end the sessions/);
  await until(() => phone.closed?.code === 4001 && laptop.closed?.code === 4001, { what: 'both are told' });
  await desk.part('Find a user').getByLabel(/^User's id/).fill('nobody');
  await desk.button('Find').click();
  await desk.note('Find a user', /nobody has no session/);
  desk.fine();
});

/// Answers for the node, where the real answer would take long or is hard to come by: `answers` are by method and path.
const instead = (answers) => (page) => page.route(/\/admin\/(drain|trace|capacity)/, (route) => {
  const { pathname, search } = new URL(route.request().url());
  const answer = answers[`${route.request().method()} ${pathname.replace('/admin/', '')}${search}`];
  const json = typeof answer === 'function' ? answer() : answer;
  return json ? route.fulfill({ status: 200, json }) : route.continue();
});

scenario('a drain says what would happen, asks, and shows how far it is', async (s) => {
  const redis = await s.redis();
  const [node] = await Promise.all(['pod-a', 'pod-b'].map((name) => s.herald({ redis, name, args: ['--drain-delay', '0s'] })));
  await until(async () => (await node.json('/admin/nodes')).totals.live === 2, { within: 10_000, what: 'they know of each other' });
  const clients = await Promise.all(Array.from({ length: 5 }, (_, n) => s.connect(node, `user-${n}`)));
  let shown = null;   // instead of what the node says
  const desk = await Desk.open(s, node, { before_it: instead({ 'GET drain': () => shown }) });
  const drain = desk.part('Drain');
  const dialog = desk.page.getByRole('dialog', { name: 'Drain pod-a?' });
  await drain.getByText('From its own page').waitFor();
  await drain.getByRole('button', { name: 'Drain pod-a …' }).click();
  await dialog.getByText(/5 sessions are sent elsewhere within .*: [\d.]+ reconnects a second/).waitFor();
  await dialog.getByRole('row', { name: /^pod-b 0 5 / }).waitFor();
  await screenshot(desk.page, 'operators-drain', { whole: false });
  await desk.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal((await node.json('/admin/drain')).state, 'serving', 'nothing has happened');
  await drain.getByRole('button', { name: 'Drain pod-a …' }).click();
  await dialog.getByRole('button', { name: 'Drain it' }).click();
  await drain.getByText('drained: no session is left of 5').waitFor();
  for (const client of clients) await until(() => client.closed?.code === 1012, { what: 'each client is told' });
  assert.ok(await drain.getByRole('button', { name: 'Drain pod-a …' }).isDisabled());
  shown = { state: 'closing', started_at: new Date().toISOString(), sessions_at_begin: 100, sessions_left: 40, ends_in_ms: 38_400, cut: 0 };
  await drain.getByText(/sends its clients elsewhere, since .*: 40 of 100 sessions left, over in 38 s at the latest/).waitFor();
  assert.equal(await drain.getByRole('progressbar').evaluate((e) => Math.round(e.value * 100)), 60);
  shown = null;
  await drain.getByRole('button', { name: 'Let it serve again' }).click();
  await drain.getByText('serves 0 connections').first().waitFor();
  assert.equal((await node.json('/admin/drain')).state, 'serving');
  desk.fine();
});

scenario('a drain that would lose something says why, and needs a second word', async (s) => {
  const node = await s.herald({ name: 'alone', args: ['--drain-delay', '0s'] });
  const desk = await Desk.open(s, node);
  const drain = desk.part('Drain');
  await drain.getByRole('button', { name: 'Drain alone …' }).click();
  const dialog = desk.page.getByRole('dialog', { name: 'Drain alone?' });
  await dialog.getByText(/It should not be: .*no other node is live and ready/).waitFor();
  await dialog.getByRole('button', { name: 'Drain it all the same' }).click();
  await drain.getByText('drained: no session is left of 0').waitFor();
  desk.fine();
});

const plan = { asked: { connections: 50_000, deliveries_per_s: null, memory_limit_bytes: 1 << 30 }, is_measured: false, figures: { bytes_a_connection: 8612.4, base_bytes: 12_582_912 },
  a_pod: { connections: 10_000, bound_by: 'max_connections', bounds: [{ by: 'memory', connections: 51_283, why: 'so much room' }, { by: 'max_connections', connections: 10_000, why: 'the setting max-connections' }] },
  pods: { by_rule: 8, with_one_lost: 6, needed: 8 }, hpa: { metric: 'websocket_connections', average_value: 6060, memory_request_bytes: 521_142_272 }, notes: ['too little load to measure CPU'] };

/// What so many connections need is answered in pods.
async function capacity_is_told(desk) {
  const part = desk.part('Capacity');
  await part.getByLabel(/so many connections/).fill('many');
  await desk.button('Ask').click();
  await desk.note('Capacity', /A whole number/);
  await part.getByLabel(/so many connections/).fill('50,000');
  await desk.button('Ask').click();
  await desk.note('Capacity', /8 pods like this one for 50,000 connections; one carries 10,000, bound by max connections\./);
  await part.getByText('too little load to measure CPU').waitFor();
  await part.getByText('497 MiB').waitFor();
}

scenario('a notification is followed from node to node, to the last word of each session; pods are reckoned', async (s) => {
  const node = await s.herald({ name: 'pod-a' });
  const [step, at] = [(name, after_ms, more = {}) => ({ step: name, to: 'group:staff', shard: 0, at: new Date().toISOString(), after_ms, ...more }), new Date().toISOString()];
  const session = (user, last_word, steps, more) => ({ id: `s-${user}`, to: 'group:staff', user, address: '10.0.0.1', shard: 1, last_word, steps: steps.map(([name, after_ms]) => ({ step: name, at, after_ms })), ...more });
  const found = { id: 'n-1', found: true, to: ['group:staff'], published_at: at, data_bytes: 2048, words: { written: 2, catching_up: 1 }, complete: false, unanswered: [{ name: 'pod-c', instance: '0'.repeat(16) }], nodes: [
    { name: 'pod-a', instance: '1'.repeat(16), last_word: 'nobody_here', words: {}, steps: [step('asked', 0.1), step('accepted', 0.9)], sessions: [], left_out: 0, missing: [] },
    { name: 'pod-b', instance: '2'.repeat(16), last_word: 'sessions', words: { written: 2, catching_up: 1 }, left_out: 0, missing: [],
      steps: [step('received', -0.4), step('bridge', 1, { directories: 2 }), step('directory', 1.2, { routers: 3 }), step('router', 1.3, { sessions: 1, times: 3, until_after_ms: 1.6 })],
      sessions: [session('carol', 'catching_up', [['behind', 1.5]], { why: 'its client is slow' }), session('alice', 'written', [['queued', 1.4], ['written', 1.9]], { device: 'phone' }), session('bob', 'written', [['queued', 1.4], ['written', 2.1]])] }] };
  const desk = await Desk.open(s, node, { before_it: instead({ 'GET capacity?connections=50000': plan, 'GET trace/n-1': found, 'GET trace/n-2': { id: 'n-2', found: false, why: 'no node has a trace of it', words: {}, nodes: [], complete: true, unanswered: [] } }) });
  const part = desk.part('Follow a notification');
  const follow = async (id) => {
    await part.getByLabel(/^Its id/).fill(id);
    await desk.page.keyboard.press('Enter');
  };
  await follow('n-1');
  await desk.note('Follow a notification', /2 sessions written, 1 session catching up\. No answer from pod-c/);
  const steps = await part.getByRole('list', { name: 'the way through pod-b' }).getByRole('listitem').allInnerTexts();
  assert.deepEqual(steps.map((text) => text.split(/\s+/).slice(0, 3).join(' ')), ['−400 µs received', '+1 ms bridge', '+1.2 ms directory', '+1.3 ms router']);
  assert.match(steps[3], /3 times, until \+1\.6 ms/);
  const sessions = part.getByRole('list', { name: 'the sessions on pod-b' }).getByRole('listitem');
  assert.match(await sessions.first().innerText(), /catching up.*user carol.*its client is slow/s);
  await screenshot(desk.page, 'operators-trace');
  await follow('n-2');
  await desk.note('Follow a notification', /Not found: no node has a trace of it/);
  await follow('');
  await desk.note('Follow a notification', /Which notification/);
  assert.equal(await part.getByLabel(/^Its id/).getAttribute('aria-invalid'), 'true');
  await capacity_is_told(desk);
  desk.fine();
});

scenario('the keyboard alone leads through it, and the order of a list can be heard', async (s) => {
  const node = await s.herald();
  for (let n = 0; n < 3; ++n) await s.connect(node, `user-${n}`);
  const desk = await Desk.open(s, node);
  const { page } = desk;
  await desk.rows('Actors').first().waitFor();
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]?.innerText.trim() ?? document.activeElement.innerText.trim());
  const go_to = async (name) => {
    for (let n = 0; n < 60; ++n) {
      await page.keyboard.press('Tab');
      if (!name.test(await focused())) continue;
      assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none', `where the focus is can be seen on ${name}`);
      return;
    }
    assert.fail(`Tab does not lead to ${name}`);
  };
  await go_to(/^Skip to the figures$/);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await go_to(/^Connections/);
  await page.keyboard.press('ArrowLeft');
  await desk.part('Figures').getByText(/^\d\d:\d\d:\d\d: 3$/).waitFor();
  await go_to(/^Sent$/);
  await page.keyboard.press('Enter');
  assert.equal(await page.getByRole('columnheader', { name: 'Sent' }).getAttribute('aria-sort'), 'descending');
  assert.equal(await page.getByRole('columnheader', { name: 'Busy of late' }).getAttribute('aria-sort'), 'none');
  await desk.rows('Actors').first().filter({ hasText: /^session/ }).waitFor();
  await go_to(/^user-\d$/);
  const name = await focused();
  await sleep(1200);   // the rows are drawn anew meanwhile
  assert.equal(await focused(), name, 'the focus stays where it is');
  await page.keyboard.press('Enter');
  await desk.note('Find a user', new RegExp(`${name} has 1 session `));
  desk.fine();
});

for (const dark of [false, true]) {
  scenario(`every text of the ${dark ? 'dark' : 'light'} page can be read, and nothing sticks out of a phone`, async (s) => {
    const node = await s.herald({ args: ['--allow-test-hooks', 'true'] });
    for (let n = 0; n < 3; ++n) await s.connect(node, `user-${'n'.repeat(100)}-${n}`);
    const desk = await Desk.open(s, node, { dark: !dark });
    await desk.page.getByLabel('Colours').selectOption(dark ? 'dark' : 'light');
    await desk.page.reload();   // it is remembered
    await desk.rows('Actors').first().waitFor();
    const ground = await desk.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [red] = ground.match(/\d+/g).map(Number);
    assert.ok(dark ? red < 64 : red > 192, `the page is ${dark ? 'dark' : 'light'}: ${ground}`);
    await post(node, '/admin/test/block-shard?shard=0&ms=1000');
    await desk.part('Find a user').getByLabel(/^User's id/).fill(`user-${'n'.repeat(100)}-1`);
    await desk.button('Find').click();
    await desk.note('Find a user', /has 1 session/);
    await desk.rows('Actors').first().filter({ hasText: 'handler' }).waitFor();
    const { found, judged } = await faint_texts(desk.page);
    assert.deepEqual(found, []);
    assert.ok(judged > 60, `${judged} texts were judged`);
    await screenshot(desk.page, `operators-${dark ? 'dark' : 'light'}`);
    await desk.page.setViewportSize({ width: 360, height: 800 });
    assert.equal(await overflow(desk.page), 0);
    const cut = await desk.page.evaluate(() => [...document.querySelectorAll('section, figure, button, input, select, p, li')]
      .filter((e) => e.checkVisibility() && !e.closest('.wide') && (e.getBoundingClientRect().right > innerWidth + 0.5 || e.getBoundingClientRect().left < 0))
      .map((e) => e.outerHTML.slice(0, 80)));
    assert.deepEqual(cut, [], 'everything but what scrolls by itself is within the window');
    await screenshot(desk.page, `operators-phone-${dark ? 'dark' : 'light'}`);
    desk.fine();
  });
}
