// Who says that they are somebody else: forwarded addresses, PROXY headers, more connections than an address may have.

import { upgrade_request } from '../../system/support/raw.mjs';
import { attacker, enter, many, say } from '../attack.mjs';
import { good_token } from '../house.mjs';

/// `count` sessions one after the other, all kept: what they were answered.
async function hoard(house, count, from, headers) {
  const kept = [];
  const answers = await many(1, async () => {
    for (let n = 0; n < count; ++n) {
      const answer = await enter(house, `hoarder-${n}`, { from, headers: headers(n) }).then((raw) => { kept.push(raw); }, () => 'no');
      if (answer) break;
    }
    return `${kept.length} came in`;
  });
  const last = await say(house.public_port, upgrade_request('', { query: '', headers: `Authorization: Bearer ${good_token()}\r\n${headers(count)}` }), { from });
  for (const raw of kept) raw.destroy();
  return `${answers.replace('1 × ', '')}, then ${last}`;
}

const v1 = 'PROXY TCP4 203.0.113.1 127.0.0.1 4711 8084\r\n';
const v2 = (length, rest = '') => Buffer.concat([Buffer.from('0d0a0d0a000d0a515549540a2111', 'hex'), Buffer.from([length >> 8, length & 255]), Buffer.from(rest, 'hex')]);
const at_balancer = (name, sent, bytes, from, more = {}) => ({ name, sent, expect: 'cut', house: 'balanced', ci: true, ...more,
  run: (house) => say(house.public_port, Buffer.concat([Buffer.from(bytes), Buffer.from(upgrade_request('mallory'))]), { from }) });

export const addresses = [
  { name: 'forged X-Forwarded-For', sent: '101 sessions of one address, each with another', expect: '100 came in, then HTTP 429 too_many_connections', house: 'guarded',
    run: (house) => hoard(house, 100, '127.0.0.77', (n) => `X-Forwarded-For: 203.0.113.${n}\r\n`) },
  { name: 'forged Forwarded and X-Real-IP', sent: 'the same', expect: '100 came in, then HTTP 429 too_many_connections', house: 'guarded',
    run: (house) => hoard(house, 100, '127.0.0.78', (n) => `Forwarded: for=203.0.113.${n}\r\nX-Real-IP: 203.0.113.${n}\r\n`) },
  { name: 'reconnects in a loop', sent: '1,000 connects of one address at once', expect: /× HTTP 429 rate_limited/, house: 'guarded',
    run: (house) => many(1000, () => say(house.public_port, 'GET /none HTTP/1.1\r\nHost: x\r\n\r\n', { from: '127.0.0.79' }).catch(() => 'no connection')) },
  { name: 'a forged PROXY header', sent: 'where none is expected', expect: 'HTTP 400 bad_request', ci: true,
    run: (house) => say(house.public_port, v1 + upgrade_request('mallory')) },
  at_balancer('a forged PROXY header, not from the balancer', 'version 1', v1, attacker),
  at_balancer('a forged PROXY header of version 2', 'not from the balancer', v2(12, 'cb007101' + '7f000001' + '12671f94'), attacker),
  at_balancer('past the balancer', 'no header', '', attacker),
  at_balancer('no header from the balancer', 'an upgrade', '', '127.0.0.1'),
  at_balancer('a broken header from the balancer', 'PROXY TCP4 999.1.1.1', 'PROXY TCP4 999.1.1.1 127.0.0.1 1 2\r\n', '127.0.0.1'),
  at_balancer('a header without end', '1 MB of PROXY TCP4 111…', `PROXY TCP4 ${'1'.repeat(1_000_000)}`, '127.0.0.1'),
  at_balancer('a header that promises 65,535 bytes', 'version 2', v2(65_535), '127.0.0.1'),
  { ...at_balancer('half a header', 'and then nothing', '', '127.0.0.1'), within: [1.8, 5], run: (house) => say(house.public_port, 'PROXY TC', { from: '127.0.0.1' }), ci: false },
];
