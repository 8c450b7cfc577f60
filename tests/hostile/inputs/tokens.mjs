// Tokens that must open nothing, and what a good one must not open. For a guarded house.

import { createHmac, createSign } from 'node:crypto';
import { in_seconds, key_pair } from '../../system/support/tokens.mjs';
import { upgrade_request } from '../../system/support/raw.mjs';
import { commands, say } from '../attack.mjs';
import { ec, good_token as good, rsa, secret } from '../house.mjs';

const encode = (what) => Buffer.from(typeof what === 'string' ? what : JSON.stringify(what)).toString('base64url');
const claims_of = (token) => token.split('.')[1];
const signed = (header, claims, key = secret) => {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};
const usual = JSON.parse(Buffer.from(claims_of(good()), 'base64url'));
const invalid = (reason) => `HTTP 401 invalid_token: ${reason}`;

/// A connect with this token in the header.
const shown = (name, sent, token, expect, { query = '', headers = '' } = {}) => ({ name, sent, expect, ci: true,
  run: (house) => say(house.public_port, upgrade_request('', { query, headers: `Authorization: Bearer ${typeof token === 'function' ? token() : token}\r\n${headers}` })) });

const [head, body, signature] = good().split('.');
const without = (name) => ({ ...usual, [name]: undefined });

export const tokens = [
  { name: 'no token', sent: '?user=alice', expect: 'HTTP 401 unauthorized', ci: true, run: (house) => say(house.public_port, upgrade_request('alice')) },
  shown('a bad signature', 'another secret', good({}, `${secret}!`), invalid('signature')),
  shown('changed claims', 'sub: alice, under mallory\'s signature', `${head}.${encode({ ...usual, sub: 'alice' })}.${signature}`, invalid('signature')),
  shown('half a signature', 'its first half', `${head}.${body}.${signature.slice(0, 21)}`, /^HTTP 401 invalid_token: (signature|malformed)$/),
  shown('no signature', 'HS256, and nothing behind the dot', `${head}.${body}.`, /^HTTP 401 invalid_token: (signature|malformed)$/),
  shown('alg none', 'without a signature', `${encode({ alg: 'none', typ: 'JWT' })}.${body}.`, /^HTTP 401 invalid_token: (algorithm|malformed)$/),
  shown('alg nOnE', 'with one', `${encode({ alg: 'nOnE' })}.${body}.${signature}`, /^HTTP 401 invalid_token: (algorithm|malformed)$/),
  shown('key confusion', 'HS256 with the RSA public key (PEM) as secret', signed({ alg: 'HS256', kid: rsa.kid }, usual, rsa.pem), /^HTTP 401 invalid_token: (algorithm|unknown_key|signature)$/),
  shown('key confusion without kid', 'the same, without saying which key', signed({ alg: 'HS256' }, usual, rsa.pem), invalid('signature')),
  shown('another key\'s algorithm', 'RS256 under the kid of the EC key', good({}, { ...rsa, kid: ec.kid }), /^HTTP 401 invalid_token: (algorithm|signature)$/),
  shown('an algorithm that is not offered', 'RS512', () => {
    const text = `${encode({ alg: 'RS512', kid: rsa.kid })}.${encode(usual)}`;
    return `${text}.${createSign('sha512').update(text).sign(rsa.private_key, 'base64url')}`;
  }, invalid('algorithm')),
  shown('a signature of zeroes', 'ES256, r = s = 0', `${encode({ alg: 'ES256', kid: ec.kid })}.${body}.${Buffer.alloc(64).toString('base64url')}`, invalid('signature')),
  shown('a key of one\'s own', 'RS256, its jwk in the header', () => {
    const own = key_pair('RS256');
    return good({}, own, { jwk: own.jwk });
  }, /^HTTP 401 invalid_token: (signature|unknown_key)$/),
  shown('an unknown kid', 'no-such-key', good({}, { ...rsa, kid: 'no-such-key' }), invalid('unknown_key')),
  shown('a kid that climbs', '../../../../dev/null', good({}, '', { alg: 'HS256', kid: '../../../../dev/null' }), invalid('unknown_key')),
  shown('crit', 'an extension that nobody knows', good({}, secret, { crit: ['exp'] }), /^HTTP 401 invalid_token: (malformed|algorithm)$/),
  shown('expired', 'a minute ago', good({ exp: in_seconds(-60) }), invalid('expired')),
  shown('not yet valid', 'in five minutes', good({ nbf: in_seconds(300) }), invalid('not_yet_valid')),
  shown('no end', 'without exp', good({ exp: undefined }), invalid('claims')),
  shown('an end beyond numbers', 'exp: 1e400', `${(() => {
    const text = `${encode({ alg: 'HS256' })}.${encode(JSON.stringify(without('exp')).replace(/}$/, ',"exp":1e400}'))}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  })()}`, /^HTTP 401 invalid_token: (claims|malformed)$/),
  shown('the wrong audience', 'aud: shop', good({ aud: 'shop' }), invalid('audience')),
  shown('the wrong issuer', 'https://evil.example', good({ iss: 'https://evil.example' }), invalid('issuer')),
  shown('no sub', 'without one', good({ sub: undefined }), invalid('claims')),
  ...[['that is an object', { a: 1 }], ['called broadcast', 'broadcast'], ['called as a group', 'group:x'], ['with line ends', 'a\r\nb'],
    ['with a zero byte', 'a\0b'], ['of 129 bytes', 'x'.repeat(129)], ['that is empty', '']]
    .map(([what, sub]) => shown(`a sub ${what}`, JSON.stringify(sub).slice(0, 24), good({ sub }), invalid('claims'))),
  shown('a claim that comes twice', 'sub: mallory, sub: alice', `${(() => {
    const text = `${encode({ alg: 'HS256' })}.${encode(JSON.stringify(usual).replace(/}$/, ',"sub":"alice"}'))}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  })()}`, /^HTTP 401 invalid_token: (claims|malformed)$/),
  shown('deep claims', '1,000 levels', good({ a: JSON.parse('['.repeat(1000) + ']'.repeat(1000)) }), /^HTTP 401 invalid_token: (claims|malformed)$/),
  shown('a token of 7 KB of nothing', 'aaaa…', 'a'.repeat(7000), invalid('malformed')),
  shown('a token of 60 KB', 'with good claims', good({ pad: 'x'.repeat(45_000) }), 'HTTP 431 too_large'),
  shown('garbage', '%$§.\\x01.{}', '%$\xa7.\x01.{}', /^HTTP (400 bad_request|401 invalid_token: malformed)$/),
  shown('too many dots', '......', '......', invalid('malformed')),
  shown('two different tokens', 'mallory\'s in the header, alice\'s in the URL', good(), 'HTTP 400 bad_field', { query: `token=${good({ sub: 'alice' })}` }),
  shown('two headers', 'two tokens', good(), /^HTTP 400 \w+/, { headers: `Authorization: Bearer ${good({ sub: 'alice' })}\r\n` }),
  shown('another\'s name', '?user=alice with mallory\'s token', good(), 'HTTP 400 bad_field (user)', { query: 'user=alice' }),
  shown('a group that is not allowed', '?groups=g9 with groups: [g1]', good({ groups: ['g1'] }), 'HTTP 403 forbidden (groups)', { query: 'groups=g9' }),
  { name: 'a group that is not allowed, later', sent: 'subscribe', expect: 'error forbidden, served', ci: true,
    run: (house) => commands(house, [{ type: 'subscribe', group: 'g9' }]) },
  { name: 'a publish that is not allowed', sent: 'to alice', expect: 'error forbidden, served', ci: true,
    run: (house) => commands(house, [{ type: 'publish', to: { user: 'alice' }, data: 1 }]) },
  { name: 'another\'s fresh token', sent: 'auth with alice\'s', expect: 'error invalid_token, served', ci: true,
    run: (house) => commands(house, [{ type: 'auth', token: good({ sub: 'alice' }) }]) },
  { name: 'a huge fresh token', sent: 'auth with 60 KB', expect: /^error (invalid_token|too_large|bad_field), served$/, ci: true,
    run: (house) => commands(house, [{ type: 'auth', token: 'x'.repeat(60_000) }]) },
].map((each) => ({ ...each, house: 'guarded' }));
