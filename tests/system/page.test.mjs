// The page to try herald with, in a real browser, as somebody uses it who has just started the node.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { faint_texts, open_browser, open_page, overflow, screenshot } from './support/browser.mjs';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

let browser;
before(async () => { browser = await open_browser(); });
after(() => browser?.close());

/// The page as somebody sees it: what its parts are called, not how they are built.
class Trying {
  static async open(s, node, { query = '', ...options } = {}) {
    const trying = new Trying();
    trying.page = await open_page(s, browser, `http://127.0.0.1:${node.admin_port}/${query}`, options);
    return trying;
  }

  part(name) { return this.page.getByRole('region', { name }); }
  button(part, name) { return this.part(part).getByRole('button', { name, exact: true }); }
  get status() { return this.page.locator('header').getByRole('status'); }
  get messages() { return this.part('Messages').getByRole('listitem'); }

  /// Waits until the page says that this is how it stands.
  says(words) { return this.status.filter({ hasText: new RegExp(`^${words}$`) }).waitFor(); }

  async connect(user) {
    await this.part('Connect').getByLabel('User', { exact: true }).fill(user);
    await this.button('Connect', 'Connect').click();
    await this.says('live');
  }

  async join(group) {
    await this.part('Connect').getByLabel('Groups', { exact: true }).fill(group);
    await this.button('Connect', 'Join').click();
    await this.joined(group);
  }
  joined(group) {
    return this.part('Connect').getByRole('list', { name: 'Joined groups' }).getByText(group, { exact: true }).waitFor();
  }

  async publish(kind, to, data) {
    const part = this.part('Publish');
    await part.getByRole('radio', { name: kind }).check();
    if (to !== undefined) await part.getByLabel(kind === 'a group' ? 'Group' : 'User', { exact: true }).fill(to);
    await part.getByLabel(/^Data/).fill(data);
    await this.button('Publish', 'Publish').click();
  }
  note(text) { return this.part('Publish').getByRole('status').filter({ hasText: text }).waitFor(); }

  /// Waits until the newest message is on this channel and holds this very text, and returns all that is said of it.
  async newest(channel, text) {
    const first = this.messages.first();
    await until(async () => (await first.locator('b').textContent({ timeout: 1000 })) === channel
      && (await first.locator('pre').textContent({ timeout: 1000 })) === text, { within: 10_000, what: `the page shows ${text} on ${channel}` });
    return first.innerText();
  }

  fine() { assert.deepEqual(this.page.problems, []); }
}

scenario('somebody connects, joins a group, publishes to each address and sees it arrive', async (s) => {
  const node = await s.herald({ name: 'node-one' });
  const trying = await Trying.open(s, node);
  assert.equal(trying.page.answer.status(), 200);
  assert.match(trying.page.answer.headers()['content-type'], /^text\/html/);
  await trying.says('not connected');
  await screenshot(trying.page, 'first-sight');
  await trying.connect('alice');
  assert.match(await trying.page.locator('header').innerText(), /alice on node-one/);
  await trying.join('news');
  await trying.publish('a user', 'alice', '{"n": 2.50, "big": 12345678901234567890}');
  assert.match(await trying.newest('user', '{"n": 2.50, "big": 12345678901234567890}'), /cursor/);
  await trying.note('Accepted');
  await trying.publish('a group', 'news', '"for the group"');
  await trying.newest('group:news', '"for the group"');
  await trying.publish('everybody', undefined, '["for", "all"]');
  await trying.newest('broadcast', '["for", "all"]');
  await trying.publish('a user', 'bob', '"not for alice"');
  await trying.note('Accepted');
  await trying.part('Publish').getByLabel('keep it in the log').uncheck();
  await trying.publish('a user', 'alice', '"<img src=x onerror=alert(1)> é 🎉"');
  assert.match(await trying.newest('user', '"<img src=x onerror=alert(1)> é 🎉"'), /live only/);
  assert.equal(await trying.messages.count(), 4, 'nothing that is for others');
  await screenshot(trying.page, 'in-use');
  await trying.button('Connect', 'Leave news').click();
  await until(async () => (await trying.page.getByText('news', { exact: true }).count()) === 0, { what: 'the group is left' });
  await node.accept({ group: 'news' }, 'left');
  await node.accept({ user: 'alice' }, 'last');
  await trying.newest('user', '"last"');
  assert.equal(await trying.messages.count(), 5, 'nothing of a group that was left');
  await trying.button('Messages', 'Clear').click();
  assert.equal(await trying.messages.count(), 0);
  await trying.button('Connect', 'Disconnect').click();
  await trying.says('not connected');
  await node.metric_is('websocket_connections', 0);
  trying.fine();
});

scenario('two tabs are two people', async (s) => {
  const node = await s.herald();
  const [alice, bob] = [await Trying.open(s, node, { query: '?user=alice&groups=g' }), await Trying.open(s, node)];
  await alice.says('live');
  await alice.joined('g');
  await bob.connect('bob');
  await bob.publish('a user', 'alice', '"from bob"');
  await alice.newest('user', '"from bob"');
  await alice.publish('a user', 'bob', '"from alice"');
  await bob.newest('user', '"from alice"');
  await bob.publish('a group', 'g', '"to the group"');
  await alice.newest('group:g', '"to the group"');
  assert.equal(await bob.messages.count(), 1);
  alice.fine();
  bob.fine();
});

scenario('what can not be is said where it was typed, and nothing is sent', async (s) => {
  const node = await s.herald();
  const trying = await Trying.open(s, node);
  const connect = trying.part('Connect');
  for (const [user, words] of [['a b', /space/], ['broadcast', /broadcast/], ['group:x', /group:x/], ['{42}', /\{/],
    ['x'.repeat(129), /128/], ['', /user/]]) {
    await connect.getByLabel('User', { exact: true }).fill(user);
    await trying.button('Connect', 'Connect').click();
    await connect.getByRole('alert').filter({ hasText: words }).first().waitFor();
    assert.equal(await connect.getByLabel('User', { exact: true }).getAttribute('aria-invalid'), 'true', user);
    assert.equal(await connect.getByLabel('User', { exact: true }).evaluate((e) => e === document.activeElement), true, 'the cursor is where to mend it');
    await trying.says('not connected');
  }
  await screenshot(trying.page, 'bad-user');
  await trying.connect('alice');
  assert.equal(await connect.getByLabel('User', { exact: true }).getAttribute('aria-invalid'), 'false');
  await connect.getByLabel('Groups', { exact: true }).fill('g h');
  await trying.button('Connect', 'Join').click();
  await connect.getByRole('alert').filter({ hasText: /space/ }).waitFor();
  await trying.publish('a user', 'group:x', '1');
  await trying.note('group:x');
  await trying.publish('a user', 'alice', '{"no": end');
  await trying.note('not JSON');
  await trying.publish('a user', 'alice', `"${'x'.repeat(300_000)}"`);
  await trying.note('413');
  await trying.publish('a user', 'alice', '"good"');
  await trying.newest('user', '"good"');
  assert.equal(await trying.messages.count(), 1);
  trying.fine();
});

scenario('a node\'s own refusal to take a group is shown', async (s) => {
  const node = await s.herald({ args: ['--max-groups-per-session', '1'] });
  const trying = await Trying.open(s, node);
  await trying.connect('alice');
  await trying.join('one');
  await trying.part('Connect').getByLabel('Groups', { exact: true }).fill('two');
  await trying.button('Connect', 'Join').click();
  await trying.part('Connect').getByRole('alert').filter({ hasText: /group/ }).waitFor();
  await trying.joined('one');
  assert.equal(await trying.page.getByText('two', { exact: true }).count(), 0);
  trying.fine();
});

scenario('a page that lost contact says so, and comes back with its groups', async (s) => {
  const node = await s.herald();
  const trying = await Trying.open(s, node);
  await trying.connect('alice');
  await trying.join('news');
  await node.kill();
  await trying.says('lost contact');
  await trying.page.locator('header').getByText(/Next try/).waitFor();
  await trying.publish('a user', 'alice', '1');
  await trying.note('does not answer');
  await screenshot(trying.page, 'lost-contact');
  await node.again();
  await trying.page.getByRole('button', { name: 'Try now' }).click({ timeout: 2000 }).catch(() => {});   // or it came back by itself
  await trying.says('live');
  await trying.joined('news');
  await node.accept({ group: 'news' }, 'back');
  await trying.newest('group:news', '"back"');
  trying.fine();
});

scenario('a page whose node is replaced hears why, and comes back by itself', async (s) => {
  const node = await s.herald();
  const trying = await Trying.open(s, node);
  await trying.connect('alice');
  await node.stop();
  await trying.says('lost contact');
  await trying.page.locator('header').getByText(/being replaced|stops/).waitFor();
  await node.again();
  await trying.status.filter({ hasText: /^live$/ }).waitFor({ timeout: 40_000 });
  await node.accept({ user: 'alice' }, 'back');
  await trying.newest('user', '"back"');
  trying.fine();
});

scenario('a page says that the node has lost Redis, and when it is back', async (s) => {
  const redis = await s.redis();
  const node = await s.herald({ redis });
  await redis.stop();
  await until(async () => (await node.publish({ to: { user: 'x' }, data: 1 })).status === 503, { what: '503' });
  const trying = await Trying.open(s, node);
  await trying.part('Connect').getByLabel('User', { exact: true }).fill('alice');
  await trying.button('Connect', 'Connect').click();
  await trying.says('waiting for the backplane');
  await trying.publish('a user', 'alice', '1');
  await trying.note(/503.*Try again in \d+ s/);
  await redis.again();
  await trying.says('live');
  await redis.publish('notification:alice', '{"over": "Redis"}');
  assert.match(await trying.newest('user', '{"over": "Redis"}'), /no id and no position/);
  trying.fine();
});

scenario('the keyboard alone is enough', async (s) => {
  const node = await s.herald();
  const trying = await Trying.open(s, node);
  const { page } = trying;
  const focused = () => page.evaluate(() => {
    const { activeElement: e } = document;
    return e === document.body ? '' : e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText.trim() ?? e.innerText.trim();
  });
  /// Moves on with Tab until the focus is on what is called so; it must be seen ttrying.
  const go_to = async (name) => {
    for (let n = 0; n < 25; ++n) {
      await page.keyboard.press('Tab');
      if (!name.test(await focused())) continue;
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(outline, 'none', `where the focus is can be seen on ${name}`);
      return;
    }
    assert.fail(`Tab does not lead to ${name}`);
  };
  await go_to(/^User$/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('carol');
  await page.keyboard.press('Enter');
  await trying.says('live');
  await go_to(/^Groups$/);
  await page.keyboard.type('news');
  await page.keyboard.press('Enter');
  await trying.joined('news');
  await go_to(/^a user$/);
  await page.keyboard.press('ArrowDown');
  await go_to(/^Group$/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('news');
  await go_to(/^Data/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('"by hand"');
  await page.keyboard.press('Control+Enter');
  await trying.newest('group:news', '"by hand"');
  await go_to(/^keep it/);
  await page.keyboard.press('Space');
  await go_to(/^Publish$/);
  await page.keyboard.press('Enter');
  await until(async () => (await trying.messages.count()) === 2, { what: 'the second message' });
  assert.match(await trying.messages.first().innerText(), /live only/);
  await go_to(/^Leave news$/);
  await page.keyboard.press('Enter');
  await until(async () => (await page.getByText('news', { exact: true }).count()) === 0, { what: 'the group is left' });
  await go_to(/^Disconnect$/);
  await page.keyboard.press('Enter');
  await trying.says('not connected');
  trying.fine();
});

/// Brings the page into a state with something of everything in it.
async function fill(trying, node) {
  await trying.connect('alice');
  await trying.join('news');
  await trying.join('x'.repeat(128));
  await node.accept({ user: 'alice' }, { text: 'w'.repeat(500), long: Array.from({ length: 30 }, (_, n) => `line ${n}`) });
  await node.accept({ group: 'x'.repeat(128) }, 'a long name', { id: 'y'.repeat(128) });
  await node.accept({ broadcast: true }, null, { durable: false });
  await until(async () => (await trying.messages.count()) === 3, { what: 'three messages' });
  await trying.publish('a user', 'group:x', '1');
  await trying.note('group:x');
  await trying.part('Connect').getByLabel('Groups', { exact: true }).fill('g h');
  await trying.button('Connect', 'Join').click();
  await trying.part('Connect').getByRole('alert').filter({ hasText: /space/ }).waitFor();
  await trying.part('Connect').getByLabel('Groups', { exact: true }).fill('');
}

for (const dark of [false, true]) {
  scenario(`every text of the ${dark ? 'dark' : 'light'} page can be read`, async (s) => {
    const node = await s.herald();
    const trying = await Trying.open(s, node, { dark });
    const readable = async (state) => {
      const { found, judged } = await faint_texts(trying.page);
      assert.deepEqual(found, [], state);
      assert.ok(judged > 15, `${judged} texts were judged`);
      await screenshot(trying.page, `${dark ? 'dark' : 'light'}-${state}`);
    };
    const ground = await trying.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [red] = ground.match(/\d+/g).map(Number);
    assert.ok(dark ? red < 64 : red > 192, `the page is ${dark ? 'dark' : 'light'}: ${ground}`);
    await readable('first-sight');
    await fill(trying, node);
    await readable('in-use');
    await trying.publish('everybody', undefined, '1');
    await trying.note('Accepted');
    await readable('accepted');
    await node.kill();
    await trying.says('lost contact');
    await readable('lost-contact');
    trying.fine();
  });
}

for (const width of [320, 390]) {
  scenario(`on a phone ${width} wide nothing sticks out`, async (s) => {
    const node = await s.herald();
    const trying = await Trying.open(s, node, { width, height: 800 });
    assert.equal(await overflow(trying.page), 0, 'at first sight');
    await fill(trying, node);
    assert.equal(await overflow(trying.page), 0, 'in use');
    const cut = await trying.page.evaluate(() => [...document.querySelectorAll('button, input, textarea, li, p, section')]
      .filter((e) => e.checkVisibility() && (e.getBoundingClientRect().right > innerWidth + 0.5 || e.getBoundingClientRect().left < 0))
      .map((e) => e.outerHTML.slice(0, 80)));
    assert.deepEqual(cut, [], 'everything is within the window');
    await screenshot(trying.page, `phone-${width}`);
    await node.kill();
    await trying.says('lost contact');
    assert.equal(await overflow(trying.page), 0, 'after contact was lost');
    trying.fine();
  });
}
