// Settings as an operator gives them: flags, variables, a file, and what is said of a wrong one.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run_herald } from './support/herald.mjs';
import { scenario } from './support/stage.mjs';
import { until } from './support/wait.mjs';

const lines_of = (text) => text.split('\n').filter((line) => line.trim());

async function folder(s) {
  const path = await mkdtemp(join(tmpdir(), 'herald-test-'));
  s.at_end(() => rm(path, { recursive: true, force: true }));
  return path;
}

scenario('a bad setting ends the start with 2 and one line that names it', async (s) => {
  const path = await folder(s);
  const file = join(path, 'bad.conf');
  await writeFile(file, 'node-name = ok\nping-intervall = 5s\n');
  const cases = [
    [['--no-such-setting', '1'], /no-such-setting/], [['--ping-interval', 'soon'], /ping-interval/], [['--ping-interval'], /ping-interval/],
    [['--listen', 'here'], /listen/], [['--listen', '127.0.0.1:70000'], /listen/], [['--backplane', 'carrier-pigeon'], /backplane/],
    [['--redis', 'http://127.0.0.1'], /redis/], [['--log-format', 'xml'], /log-format/], [['--shards', '0'], /shards/],
    [['--user-linger', '-1s'], /user-linger/], [['--outbox-max-bytes', '1 cup'], /outbox-max-bytes/], [['stray'], /argument 1/],
    [['--config', join(path, 'absent.conf')], /absent\.conf/], [['--config', file], /ping-intervall/]];
  const wrong = [];
  for (const [args, names] of cases) {
    const { code, stderr } = await run_herald(args);
    if (code !== 2 || lines_of(stderr).length !== 1 || !names.test(stderr)) wrong.push(`${args.join(' ')}: ${code}\n${stderr}`);
  }
  const { code, stderr } = await run_herald([], { env: { HERALD_PING_INTERVAL: 'soon' } });
  if (code !== 2 || !stderr.includes('HERALD_PING_INTERVAL')) wrong.push(`the variable: ${code}\n${stderr}`);
  assert.deepEqual(wrong, []);
});

scenario('what is not offered yet, or does not go together, is refused at the start, by name', async () => {
  for (const args of [['--auth', 'jwt'], ['--redis-mode', 'sharded', '--redis', 'redis://127.0.0.1:6379'], ['--redis', 'redis+sentinel://127.0.0.1:26379']]) {
    const { code, stderr } = await run_herald(args);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.equal(lines_of(stderr).length, 1, stderr);
    assert.ok(stderr.includes(args[0].slice(2)), stderr);
  }
});

scenario('docs/settings.md is what the binary says of itself', async () => {
  const { code, stdout } = await run_herald(['--print-settings-doc']);
  assert.equal(code, 0);
  assert.equal(stdout, await readFile(new URL('../../docs/settings.md', import.meta.url), 'utf8'));
});

scenario('an address wider than loopback must be asked for', async () => {
  for (const flag of ['--listen', '--admin-listen']) {
    const { code, stderr } = await run_herald(['--check-config', flag, '0.0.0.0:0']);
    assert.equal(code, 2);
    assert.match(stderr, /insecure/);
  }
});

scenario('--help, --check-config and --print-config say what they should and end with 0', async () => {
  const help = await run_herald(['--help']);
  assert.equal(help.code, 0);
  for (const flag of ['--listen', '--admin-listen', '--redis', '--redis-mode', '--user-linger', '--log-format', '--config']) {
    assert.ok(help.stdout.includes(flag), flag);
  }
  const check = await run_herald(['--check-config', '--ping-interval', '10s']);
  assert.equal(check.code, 0);
  assert.equal((await run_herald(['--check-config', '--ping-interval', 'soon'])).code, 2);
  const print = await run_herald(['--print-config', '--ping-interval', '10s', '--redis', 'redis://me:s3cret@127.0.0.1:6379']);
  assert.equal(print.code, 0);
  assert.match(print.stdout, /^ping-interval\s*=\s*"?10s\b/m);
  assert.match(print.stdout, /^user-linger\s*=\s*"?10s\b/m);
  assert.doesNotMatch(print.output, /s3cret/);
});

scenario('a flag goes over a variable, a variable over the file, the file over the default', async (s) => {
  const path = await folder(s);
  const file = join(path, 'herald.conf');
  await writeFile(file, '# a comment\n\nnode-name = from-file\nping-interval = 11s\nuser-linger = 300ms\n');
  const env = { HERALD_NODE_NAME: 'from-variable', HERALD_PING_INTERVAL: '12s' };
  const args = ['--config', file, '--node-name', 'from-flag'];
  const { code, stdout } = await run_herald(['--print-config', ...args], { env });
  assert.equal(code, 0);
  const shown = (name) => new RegExp(`^${name}\\s*=\\s*"?([^\\s"#]+)`, 'm').exec(stdout)?.[1];
  assert.equal(shown('node-name'), 'from-flag');
  assert.equal(shown('ping-interval'), '12s');
  assert.equal(shown('user-linger'), '300ms');
  assert.equal(shown('log-level'), 'info');
  const node = await s.herald({ args, env });
  const alice = await s.connect(node, 'alice');
  assert.equal(alice.welcome.node, 'from-flag');
  assert.equal(alice.welcome.ping_ms, 12_000);
  await alice.close();
  await until(async () => ((await node.actors()).user_router ?? 0) === 0, { within: 3000, what: 'the linger from the file' });
  const equals = await run_herald(['--print-config', '--node-name=with-equals']);
  assert.match(equals.stdout, /with-equals/);
});
