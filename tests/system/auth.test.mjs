// Who may connect: tokens, the keys they are verified with, what they allow, and how they end.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refused } from './support/client.mjs';
import { run_herald } from './support/herald.mjs';
import { free_port } from './support/processes.mjs';
import { scenario } from './support/stage.mjs';
import { in_seconds, key_pair, KeyServer, token } from './support/tokens.mjs';
import { until } from './support/wait.mjs';

const secret = 'a secret that has more than thirty-two bytes';

async function file(s, name, text) {
  const path = await mkdtemp(join(tmpdir(), 'herald-auth-'));
  s.at_end(() => rm(path, { recursive: true, force: true }));
  await writeFile(join(path, name), text);
  return join(path, name);
}

/// The arguments of a node that takes tokens signed with `secret`.
const with_secret = async (s, ...more) => ['--auth', 'jwt', '--auth-jwt-secret-file', await file(s, 'secret', `${secret}\n`),
  '--auth-clock-skew', '0s', ...more];

const bearer = (text) => ({ headers: { authorization: `Bearer ${text}` } });
const connect = (s, node, claims, more = {}) => s.connect(node, undefined, { ...bearer(token(secret, claims)), ...more });
const post = (node, path, body) => node.get(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

/// Insists that no token, nor a part of one that proves anything, is in the node's log.
function log_is_clean(node) {
  assert.ok(!/eyJ[\w-]{8,}/.test(node.log), 'no token in the log');
  assert.ok(!node.log.includes(secret), 'no secret in the log');
}

scenario('a token says who the client is, in each place that a client can put it', async (s) => {
  const node = await s.herald({ args: await with_secret(s) });
  const alice = token(secret, { sub: 'alice', groups: ['g1'] });
  const clients = [
    await s.connect(node, undefined, bearer(alice)),
    await s.connect(node, 'alice', { query: { token: alice } }),
    await s.connect(node, undefined, { protocols: ['herald.v1', `herald.token.${alice}`] }),
    await s.connect(node, undefined, { ...bearer(alice), query: { token: alice }, groups: ['g1'] }),
  ];
  assert.equal(clients[2].socket.protocol, 'herald.v1', 'the token is not answered');
  for (const client of clients) {
    assert.equal(client.welcome.user, 'alice');
    assert.ok(client.welcome.expires > in_seconds(0));
  }
  await node.accept({ user: 'alice' }, 'hello');
  for (const client of clients) await client.received(1, 'user');
  assert.equal(await node.metric('herald_tokens_accepted_total'), 4);

  const two = await refused(s.connect(node, undefined, { ...bearer(alice), query: { token: token(secret, { sub: 'bob' }) } }));
  assert.deepEqual([two.status, two.json.error.field], [400, 'token']);
  const other = await refused(s.connect(node, 'bob', bearer(alice)));
  assert.deepEqual([other.status, other.json.error.field], [400, 'user']);
  const only = await refused(s.connect(node, undefined, { protocols: [`herald.token.${alice}`] }));
  assert.equal(only.status, 400);
  log_is_clean(node);
});

scenario('a token that is not good is refused with 401 and the reason', async (s) => {
  const rsa = key_pair('RS256');
  const args = await with_secret(s, '--auth-jwt-key-file', await file(s, 'key.pem', rsa.pem), '--auth-jwt-audience', 'herald,push',
    '--auth-jwt-issuer', 'https://id.example');
  const node = await s.herald({ args });
  const good = { sub: 'alice', aud: ['push'], iss: 'https://id.example' };
  for (const key of [secret, rsa]) await (await s.connect(node, undefined, bearer(token(key, good)))).close();

  const none = await refused(s.connect(node, 'alice'));
  assert.equal(none.status, 401);
  assert.equal(none.headers['www-authenticate'], 'Bearer realm="herald"');
  const cases = {
    expired: token(secret, { ...good, exp: in_seconds(-1) }),
    not_yet_valid: token(secret, { ...good, nbf: in_seconds(50) }),
    audience: token(secret, { ...good, aud: 'shop' }),
    issuer: token(secret, { ...good, iss: 'https://evil.example' }),
    signature: token(`${secret}!`, good),
    algorithm: token(secret, good, { alg: 'none' }),
    malformed: 'not.a.token',
    claims: token(secret, { ...good, sub: 'broadcast' }),
  };
  for (const [reason, text] of Object.entries(cases)) {
    const answer = await refused(s.connect(node, undefined, { query: { token: text } }));
    assert.equal(answer.status, 401, reason);
    assert.equal(answer.json.error.code, 'invalid_token');
    assert.ok(answer.json.error.message.startsWith(`${reason}: `), answer.text);
    assert.ok(answer.headers['www-authenticate'].includes(`error="invalid_token", error_description="${reason}: `));
    assert.ok(!answer.text.includes(text.slice(-12)), 'the token is not repeated');
    assert.equal(await node.metric('herald_tokens_refused_total', { reason }), 1, reason);
  }
  const confused = await refused(s.connect(node, undefined, bearer(token(rsa.pem, good))));
  assert.equal(confused.status, 401, 'a public key is no secret');
  log_is_clean(node);
});

scenario('a client joins and publishes only what its token names', async (s) => {
  const node = await s.herald({ args: await with_secret(s) });
  const answer = await refused(connect(s, node, { sub: 'alice', groups: ['g1', 'team-*'] }, { groups: ['g1', 'h1'] }));
  assert.deepEqual([answer.status, answer.json.error.code, answer.json.error.field], [403, 'forbidden', 'groups']);
  assert.ok(answer.json.error.message.includes('h1'));

  const alice = await connect(s, node, { sub: 'alice', groups: ['g1', 'team-*'], publish: ['user:bob', 'group:g*'] }, { groups: ['g1'] });
  assert.equal((await alice.ask({ type: 'subscribe', group: 'team-a' })).type, 'subscribed');
  assert.equal((await alice.ask({ type: 'subscribe', group: 'h1' })).code, 'forbidden');
  assert.equal((await alice.ask({ type: 'publish', to: { user: 'bob' }, data: 1 })).type, 'published');
  assert.equal((await alice.ask({ type: 'publish', to: { group: 'g7' }, data: 1 })).type, 'published');
  for (const to of [{ user: 'bobby' }, { broadcast: true }, { group: 'team-a' }])
    assert.equal((await alice.ask({ type: 'publish', to, data: 1 })).code, 'forbidden');
  const all = await connect(s, node, { sub: 'carol', publish: true });
  assert.equal((await all.ask({ type: 'publish', to: { broadcast: true }, data: 1 })).type, 'published');
  const none = await connect(s, node, { sub: 'dora' });
  assert.equal((await none.ask({ type: 'publish', to: { user: 'dora' }, data: 1 })).code, 'forbidden');
});

scenario('a session ends with its token, unless a fresh one comes in time', async (s) => {
  const node = await s.herald({ args: await with_secret(s) });
  const [stays, ends] = [await connect(s, node, { sub: 'alice', exp: in_seconds(4), groups: ['g1', 'g2'] }, { groups: ['g1', 'g2'] }),
    await connect(s, node, { sub: 'bob', exp: in_seconds(4) })];
  const warning = await stays.next('expiring', 8000);
  assert.ok(warning.in_ms > 0 && warning.in_ms <= 2000);
  const bad = await stays.ask({ type: 'auth', token: token(secret, { sub: 'bob' }) });
  assert.deepEqual([bad.type, bad.code], ['error', 'invalid_token']);
  const wrong = await stays.ask({ type: 'auth', token: 'nonsense' });
  assert.deepEqual([wrong.type, wrong.code], ['error', 'invalid_token']);
  const exp = in_seconds(60);
  const answer = await stays.ask({ type: 'auth', token: token(secret, { sub: 'alice', exp, groups: ['g1'] }) });
  assert.deepEqual([answer.type, answer.expires], ['authenticated', exp]);
  assert.equal((await stays.next('unsubscribed')).channel, 'group:g2');

  assert.equal((await ends.next('bye', 10_000)).reason, 'expired');
  assert.deepEqual(await ends.end(), { code: 4002, reason: 'expired' });
  await node.accept({ group: 'g1' }, 'still here');
  await stays.next((f) => f.data === 'still here');
  assert.equal(await node.metric('herald_sessions_expired_total'), 1);
  log_is_clean(node);
});

scenario('keys are fetched, rotated, and kept while their server is away', async (s) => {
  const [first, second, third] = [key_pair('ES256', 'first'), key_pair('RS256', 'second'), key_pair('ES256', 'third')];
  const keys = await KeyServer.start(s, [first]);
  const node = await s.herald({ args: ['--auth', 'jwt', '--auth-jwks', keys.url, '--auth-jwks-cooldown', '100ms'] });
  const old = await s.connect(node, undefined, bearer(token(first, { sub: 'alice' })));
  const asked = keys.asked;
  await until(async () => {
    const unknown = await refused(s.connect(node, undefined, bearer(token(second, { sub: 'bob' }))));
    assert.ok(unknown.json.error.message.startsWith('unknown_key: '), unknown.text);
    return keys.asked > asked;
  }, { what: 'a key that is not known is asked for' });

  keys.keys = [first, second];
  await until(() => s.connect(node, undefined, bearer(token(second, { sub: 'bob' }))), { every: 100, what: 'the new key counts' });
  keys.away = true;
  const ok = await node.metric('herald_key_fetches_total', { outcome: 'ok' });
  await until(async () => {
    await refused(s.connect(node, undefined, bearer(token(third, { sub: 'carol' }))));
    return await node.metric('herald_key_fetches_total', { outcome: 'failed' }) > 0;
  }, { every: 100, what: 'a fetch fails' });
  assert.equal(await node.metric('herald_key_fetches_total', { outcome: 'ok' }), ok);
  await s.connect(node, undefined, bearer(token(second, { sub: 'bob' })));
  assert.equal(await node.metric('herald_keys'), 2);
  assert.equal((await node.get('/readyz')).status, 200);

  keys.away = false;
  keys.keys = [third];
  await until(() => s.connect(node, undefined, bearer(token(third, { sub: 'carol' }))), { every: 100, what: 'the third key counts' });
  const gone = await refused(s.connect(node, undefined, bearer(token(first, { sub: 'alice' }))));
  assert.equal(gone.status, 401, 'a key that was taken away counts no more');
  assert.equal(old.closed, null, 'who is here stays');
  log_is_clean(node);
});

scenario('until the keys have come, clients are told to try again, and the node is not ready', async (s) => {
  const key = key_pair('ES256', 'a');
  const port = await free_port();
  const node = await s.herald({ args: ['--auth', 'jwt', '--auth-jwks', `http://127.0.0.1:${port}/jwks`, '--auth-jwks-cooldown', '100ms'], ready: false });
  const early = await refused(s.connect(node, undefined, bearer(token(key, { sub: 'alice' }))));
  assert.equal(early.status, 503);
  assert.ok(early.headers['retry-after']);
  const ready = await node.get('/readyz');
  assert.equal(ready.status, 503);
  assert.ok(ready.text.includes('auth-jwks'));
  await KeyServer.start(s, [key], port);
  await node.ready();
  await s.connect(node, undefined, bearer(token(key, { sub: 'alice' })));
});

scenario('a key file is read again when it changes', async (s) => {
  const [first, second] = [key_pair('ES256'), key_pair('ES256')];
  const path = await file(s, 'key.pem', first.pem);
  const node = await s.herald({ args: ['--auth', 'jwt', '--auth-jwt-key-file', path] });
  await s.connect(node, undefined, bearer(token(first, { sub: 'alice' })));
  await writeFile(path, second.pem);
  await until(() => s.connect(node, undefined, bearer(token(second, { sub: 'alice' }))), { within: 10_000, every: 100, what: 'the new key counts' });
  assert.equal((await refused(s.connect(node, undefined, bearer(token(first, { sub: 'alice' }))))).status, 401);
});

scenario('keys that can\'t be read, or are too weak, are a bad setting', async (s) => {
  const absent = join(tmpdir(), 'herald-absent', 'secret');
  for (const [args, why] of [[['--auth-jwt-secret-file', absent], /auth-jwt-secret-file: .*can't be read/],
    [['--auth-jwt-secret-file', await file(s, 'weak', 'hunter2')], /less than 32 bytes/],
    [['--auth-jwt-key-file', await file(s, 'key.pem', 'nonsense')], /auth-jwt-key-file/],
    [['--auth-jwks', 'http://id.example/jwks'], /auth-jwks: .*neither https/], [[], /needs keys/]]) {
    const { code, stderr } = await run_herald(['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--auth', 'jwt', ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, why);
    assert.ok(!stderr.includes('hunter2'));
  }
  // And `--check-config` says so before a node is started with them, all of it at once.
  const unusable = await run_herald(['--check-config', '--auth', 'jwt', '--auth-jwt-key-file', await file(s, 'key.pem', 'nonsense'),
    '--auth-jwks', 'http://id.example/jwks', '--auth-jwks-ca', absent]);
  assert.equal(unusable.code, 2);
  for (const why of [/auth-jwt-key-file: .*can't be used: .*key.pem/, /auth-jwks: .*neither https/, /auth-jwks-ca: .*can't be read/]) assert.match(unusable.stderr, why);
  const set = await file(s, 'set.json', JSON.stringify({ keys: [key_pair('ES256', 'good').jwk, { kty: 'RSA', kid: 'half', n: '!', e: 'AQAB' }] }));
  const usable = await run_herald(['--check-config', '--auth', 'jwt', ...(await with_secret(s)).slice(2), '--auth-jwks', set]);
  assert.equal(usable.code, 0, usable.stderr);
  assert.match(usable.output, /auth-jwks: .*set.json.* left out/);
  const wide = await run_herald(['--check-config', '--listen', '0.0.0.0:0', '--auth', 'jwt', '--auth-jwks', 'https://id.example/jwks']);
  assert.equal(wide.code, 0, wide.stderr);
});

scenario('a user is sent away on every node, and may come back', async (s) => {
  const redis = await s.redis();
  const [a, b] = await Promise.all(['a', 'b'].map((name) => s.herald({ name, redis })));
  const here = [await s.connect(a, 'alice'), await s.connect(a, 'alice')];
  const [there, other] = [await s.connect(b, 'alice'), await s.connect(b, 'bob')];
  const answer = await a.get('/admin/users/alice/sessions', { method: 'DELETE' });
  assert.deepEqual([answer.status, answer.json], [200, { sessions_ended: 2 }]);
  for (const client of [...here, there]) {
    assert.equal((await client.next('bye')).reason, 'kicked');
    assert.deepEqual(await client.end(), { code: 4001, reason: 'kicked' });
  }
  const back = await s.connect(b, 'alice');
  await a.accept({ user: 'alice' }, 1);
  await back.received(1, 'user');
  assert.equal(other.closed, null);
  assert.equal(await b.metric('herald_sessions_kicked_total'), 1);
  assert.equal((await a.get('/admin/users/group:x/sessions', { method: 'DELETE' })).status, 400);
  assert.equal((await a.get('/admin/users/alice/session', { method: 'DELETE' })).status, 404);
  assert.equal((await post(a, '/admin/revoke', { user: 'alice' })).status, 400, 'without tokens there are none to revoke');

  await redis.stop();
  await until(async () => (await a.get('/admin/users/alice/sessions', { method: 'DELETE' })).status === 503, { what: 'without Redis nothing is done' });
  assert.equal(back.closed, null);
});

scenario('revoked tokens end on every node, and on nodes that start later', async (s) => {
  const redis = await s.redis();
  const args = await with_secret(s);
  const [a, b] = await Promise.all(['a', 'b'].map((name) => s.herald({ name, redis, args })));
  const iat = in_seconds(-100);
  const [old, one, two] = [{ sub: 'alice', iat }, { sub: 'bob', jti: 'phone', iat }, { sub: 'bob', jti: 'laptop', iat }];
  const clients = { old: await connect(s, b, old), one: await connect(s, a, one), two: await connect(s, a, two) };
  const user = await post(a, '/admin/revoke', { user: 'alice' });
  assert.deepEqual([user.status, user.json], [200, { sessions_ended: 0 }]);
  assert.deepEqual(await clients.old.end(), { code: 4001, reason: 'kicked' });
  const jti = await post(a, '/admin/revoke', { jti: 'phone', ttl_s: 3600 });
  assert.deepEqual(jti.json, { sessions_ended: 1 });
  assert.deepEqual(await clients.one.end(), { code: 4001, reason: 'kicked' });
  assert.equal(clients.two.closed, null);

  const c = await s.herald({ name: 'c', redis, args });
  await c.metric_is('herald_revocations', 2);
  for (const node of [a, b, c]) {
    for (const claims of [old, one, { sub: 'alice' }]) {
      const answer = await refused(connect(s, node, claims));
      assert.ok(answer.json.error.message.startsWith('revoked: '), answer.text);
    }
    await (await connect(s, node, two)).close();
    const back = await until(() => connect(s, node, { sub: 'alice', iat: in_seconds(0) }), { every: 100, what: 'a token of later is good' });
    await back.close();
  }
  for (const [body, field] of [[{}, 'user'], [{ user: 'a', jti: 'b' }, 'user'], [{ user: 'broadcast' }, 'user'], [{ jti: '' }, 'jti'],
    [{ user: 'a', ttl_s: 0 }, 'ttl_s'], [{ user: 'a', until: 5 }, 'until'], [{ user: 'a', unitl: 5 }, 'unitl']]) {
    const wrong = await post(a, '/admin/revoke', body);
    assert.deepEqual([wrong.status, wrong.json.error.field], [400, field], JSON.stringify(body));
  }
  await redis.stop();
  await until(async () => (await post(a, '/admin/revoke', { user: 'bob' })).status === 503, { what: 'without Redis nothing is revoked' });
  assert.equal(clients.two.closed, null);
  await (await connect(s, a, two)).close();
});

scenario('a node that was cut off from Redis hears of what was revoked meanwhile', async (s) => {
  const redis = await s.redis();
  const args = await with_secret(s);
  const node = await s.herald({ redis, args });
  const client = await connect(s, node, { sub: 'alice', iat: in_seconds(-100) });
  // As another node would, at a time when this one is not subscribed.
  const at = Date.now();
  await redis.command('ZADD', 'herald:orders:{herald:control}', in_seconds(600), `user ${at} alice`);
  await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
  assert.deepEqual(await client.end(), { code: 4001, reason: 'kicked' });
  await node.metric_is('herald_revocations', 1);
});

scenario('within one process, revoking needs no Redis', async (s) => {
  const node = await s.herald({ args: await with_secret(s) });
  const client = await connect(s, node, { sub: 'alice', jti: 'x' });
  assert.deepEqual((await post(node, '/admin/revoke', { jti: 'x' })).json, { sessions_ended: 1 });
  assert.equal((await client.next('bye')).reason, 'kicked');
  assert.equal((await refused(connect(s, node, { sub: 'alice', jti: 'x' }))).status, 401);
  await connect(s, node, { sub: 'alice', jti: 'y' });
});
