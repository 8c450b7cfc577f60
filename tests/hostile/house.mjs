// A node with its well-behaved clients: what an input is sent to, and what tells whether anybody noticed.

import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Herald } from '../system/support/herald.mjs';
import { Redis } from '../system/support/redis.mjs';
import { key_pair, token } from '../system/support/tokens.mjs';
import { within } from '../system/support/wait.mjs';

const in_an_hour = () => Math.floor(Date.now() / 1000) + 3600;

/// Whom the tokens of a guarded house are for, and whose they are.
export const audience = 'herald';
export const issuer = 'https://id.example';

/// Who can do what at a guarded house. Fixed, so that inputs can be written down before a house stands.
export const secret = 'a secret that has more than thirty-two bytes';
export const rsa = key_pair('RS256', 'rsa-1');
export const ec = key_pair('ES256', 'ec-1');
export const publish_key = 'publish-key-of-the-hostile-table-0123456789';
export const admin_key = 'admin-key-of-the-hostile-table-0123456789ab';

/// A good token of this house, for an hour.
export const good_token = (claims = {}, key = secret, header) => token(key, { sub: 'mallory', aud: audience, iss: issuer, exp: in_an_hour(), ...claims }, header);

/// Limits that an input can reach within seconds, and else the defaults.
const in_seconds = ['--handshake-timeout', '2s', '--ping-interval', '2s', '--slow-client-timeout', '3s', '--client-rate-patience', '1s'];

const kinds = {
  async open() { return { args: in_seconds }; },

  async compressing() { return { args: [...in_seconds, '--compression', 'true'] }; },

  async guarded(folder) {
    const write = async (name, text) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    return { args: [...in_seconds, '--auth', 'jwt', '--auth-jwt-secret-file', await write('secret', secret),
      '--auth-jwks', await write('jwks.json', JSON.stringify({ keys: [rsa.jwk, ec.jwk] })), '--auth-jwt-audience', audience, '--auth-jwt-issuer', issuer,
      '--api-keys-file', await write('keys', `shop publish ${publish_key}\nops admin ${admin_key}\n`),
      '--max-connections-per-address', '100', '--connect-rate-per-address', '200', '--connect-burst-per-address', '400'],
    token_of: (user) => good_token({ sub: user }), key: publish_key };
  },

  async balanced() {
    return { args: [...in_seconds, '--proxy-protocol', 'on', '--trusted-proxies', '127.0.0.1'],
      proxy_header: 'PROXY TCP4 203.0.113.1 127.0.0.1 4711 8084\r\n' };
  },
};

export class House {
  static async start(kind, { bystanders, every_ms = 50 }) {
    const house = new House();
    house.kind = kind;
    house.folder = await mkdtemp(join(tmpdir(), 'herald-hostile-'));
    try {
      const { args, token_of, key, proxy_header } = await kinds[kind](house.folder);
      Object.assign(house, { token_of, key, proxy_header, admin_key });
      house.redis = await Redis.start();   // so that what is kept for clients that come back is not counted as the node's memory
      house.node = await Herald.start({ args, redis: house.redis });
      house.#watch = fork(fileURLToPath(new URL('bystanders.mjs', import.meta.url)), { stdio: 'inherit' });
      house.#watch.on('message', (answer) => house.#answers.get(answer.id)?.(answer));
      house.#watch.on('exit', () => { for (const done of house.#answers.values()) done({ error: 'the bystanders\' process ended' }); });
      const name = (user) => ({ user, token: token_of?.(user) });
      await house.ask('start', { public_port: house.node.public_port, admin_port: house.node.admin_port, every_ms, key, proxy_header,
        names: Array.from({ length: bystanders }, (_, n) => name(`bystander-${n}`)), newcomer: name('newcomer') });
    } catch (error) {
      await house.clear().catch(() => {});
      throw error;
    }
    return house;
  }

  #watch;
  #answers = new Map();
  #asked = 0;

  /// Asks the bystanders something.
  async ask(what, given) {
    const id = ++this.#asked;
    const answer = await within(60_000, new Promise((done) => {
      this.#answers.set(id, done);
      this.#watch.send({ id, what, given });
    }), `the bystanders answer ${what}`);
    this.#answers.delete(id);
    if (answer.error) throw new Error(answer.error);
    return answer.answer;
  }

  get public_port() { return this.node.public_port; }
  get admin_port() { return this.node.admin_port; }
  alive() { return this.node.alive(); }

  /// Proportional set size of the node in bytes: what the machine would have back.
  pss() { return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${this.node.pid}/smaps_rollup`, 'utf8'))[1]) * 1024; }

  /// Lets the bystanders go, and insists that the node then has accounted for every message.
  async settle() {
    this.#watch.send({ id: 0, what: 'stop' });
    await this.node.ledger_balances();
  }

  /// Ends all; throws when the node does not end well.
  async clear() {
    if (this.#watch?.connected) this.#watch.send({ id: 0, what: 'stop' });
    try {
      await this.node?.clear();
    } finally {
      await this.redis?.clear();
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}
