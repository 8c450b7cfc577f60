// An issuer of tokens: keys, JSON Web Tokens signed with them, and an HTTP server with its key set.

import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';

const encode = (what) => Buffer.from(typeof what === 'string' ? what : JSON.stringify(what)).toString('base64url');

/// Unix time in seconds, from now.
export const in_seconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/// A token for these claims. `key`: a secret, or one of `key_pair()`'s. Good for a minute unless the claims say otherwise.
export function token(key, claims, header = {}) {
  const alg = typeof key === 'string' ? 'HS256' : key.alg;
  const text = `${encode({ alg, ...(key.kid ? { kid: key.kid } : {}), ...header })}.${encode({ exp: in_seconds(60), ...claims })}`;
  const signature = typeof key === 'string' ? createHmac('sha256', key).update(text).digest()
    : sign('sha256', Buffer.from(text), { key: key.private_key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/// A pair of keys: `alg` is ES256 or RS256.
export function key_pair(alg, kid) {
  const { publicKey, privateKey } = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { alg, kid, private_key: privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }),
    jwk: { ...publicKey.export({ format: 'jwk' }), ...(kid ? { kid } : {}), alg, use: 'sig' } };
}

/// Serves a key set at `url`; `keys` may be changed at any time, `away` makes it answer 500.
export class KeyServer {
  asked = 0;
  away = false;

  static async start(s, keys, port = 0) {
    const server = new KeyServer();
    server.keys = keys;
    server.http = createServer((_, answer) => {
      ++server.asked;
      answer.writeHead(server.away ? 500 : 200, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ keys: server.keys.map((key) => key.jwk) }));
    });
    server.http.listen(port, '127.0.0.1');
    await once(server.http, 'listening');
    server.url = `http://127.0.0.1:${server.http.address().port}/jwks`;
    s.at_end(() => server.stop());
    return server;
  }

  stop() {
    this.http.closeAllConnections();
    this.http.close();
  }
}
