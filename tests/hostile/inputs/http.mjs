// Requests that no client should send, on both ports, and requests that never get done.

import { randomBytes } from 'node:crypto';
import { frame, Raw, upgrade_request } from '../../system/support/raw.mjs';
import { sleep, until } from '../../system/support/wait.mjs';
import { attacker, heard, many, say } from '../attack.mjs';

const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const version = 'Sec-WebSocket-Version: 13\r\n';
const upgrade = (more, { target = '/ws?user=mallory', method = 'GET', http = 'HTTP/1.1' } = {}) =>
  `${method} ${target} ${http}\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`;

/// One request on the public port.
const at_door = (name, sent, bytes, expect, more = {}) => ({ name, sent, expect, ci: true, ...more, run: (house) => say(house.public_port, bytes) });

/// Another request hides in what is sent to the internal port: exactly one answer may come.
const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';
const smuggled = (name, headers, { body = `0\r\n\r\n${hidden}`, expect = 'HTTP 400 bad_request' } = {}) => ({ name, sent: 'POST with a request in its body', expect, ci: true,
  run: (house) => say(house.admin_port, `POST /livez HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`, { ms: 1000 }) });

const query = (name, text, expect) => ({ name, sent: `?${text.length > 60 ? `${text.slice(0, 40)}… (${text.length})` : text}`, expect, ci: true,
  run: (house) => say(house.public_port, upgrade_request('', { query: text })) });

/// Drips bytes into `count` connections until each has ended: how many answers of which kind.
async function drip(port, begin, count, every_ms) {
  return many(count, async () => {
    const raw = await Raw.connect(port, { from: attacker });
    raw.send(begin);
    const timer = setInterval(() => raw.send('x'), every_ms);
    await until(() => raw.over, { within: 20_000, every: 50, what: 'the end' }).catch(() => {});
    clearInterval(timer);
    const answer = heard(raw) ?? 'open';
    raw.destroy();
    return answer;
  });
}

export const http = [
  at_door('no Sec-WebSocket-Key', 'an upgrade without one', upgrade(version), 'HTTP 400 bad_field (Sec-WebSocket-Key)'),
  at_door('a short Sec-WebSocket-Key', '8 bytes', upgrade(`${version}Sec-WebSocket-Key: c2hvcnQ=\r\n`), 'HTTP 400 bad_field (Sec-WebSocket-Key)'),
  at_door('an old WebSocket version', '8', upgrade(`${key}Sec-WebSocket-Version: 8\r\n`), 'HTTP 426 upgrade_required'),
  at_door('an unknown method', 'BREW /ws', upgrade(key + version, { method: 'BREW' }), 'HTTP 405 bad_method'),
  at_door('a method that is none', 'G(E)T /ws', upgrade(key + version, { method: 'G(E)T' }), 'HTTP 400 bad_request'),
  at_door('an unknown HTTP version', 'HTTP/9.9', upgrade(key + version, { http: 'HTTP/9.9' }), 'HTTP 400 bad_request'),
  at_door('HTTP/1.0', 'an upgrade', upgrade(key + version, { http: 'HTTP/1.0' }), 'HTTP 426 upgrade_required'),
  at_door('HTTP/0.9', 'GET /ws', 'GET /ws\r\n\r\n', 'HTTP 400 bad_request'),
  at_door('the HTTP/2 preface', 'PRI * HTTP/2.0', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HTTP 400 bad_request'),
  at_door('a TLS hello', 'a record of a ClientHello', Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), randomBytes(192)]), 'HTTP 400 bad_request'),
  at_door('random bytes', '4 KiB', Buffer.concat([Buffer.from([0xff]), randomBytes(4096)]), 'HTTP 400 bad_request'),
  at_door('one huge header', '1 MiB', `GET /ws?user=x HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(1 << 20)}\r\n\r\n`, 'HTTP 431 too_large'),
  at_door('100,000 headers', 'a: b', `GET /ws?user=x HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(100_000)}\r\n`, 'HTTP 431 too_large'),
  at_door('1,000 empty headers', 'within 8 KiB', upgrade(key + version + 'a:\r\n'.repeat(1000)), 'HTTP 431 too_large'),
  at_door('a huge request line', '1 MiB', `GET /${'x'.repeat(1 << 20)} HTTP/1.1\r\nHost: x\r\n\r\n`, 'HTTP 431 too_large'),
  at_door('a body behind an upgrade', 'Content-Length: 1000000000', upgrade(`${version}Content-Length: 1000000000\r\n`), 'HTTP 400 bad_field (Sec-WebSocket-Key)'),
  at_door('an absolute target', 'http://evil.example/ws', upgrade(key + version, { target: 'http://evil.example/ws?user=x' }), 'HTTP 404 not_found'),
  at_door('CONNECT', 'evil.example:443', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n', 'HTTP 404 not_found'),
  at_door('a path that climbs', '/../../etc/passwd', 'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP 404 not_found'),
  at_door('an encoded path that climbs', '/ws/%2e%2e/%2e%2e/etc/passwd', 'GET /ws/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP 404 not_found'),
  at_door('a path with a zero byte', '/ws\\0', 'GET /ws\0 HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP 400 bad_request'),
  at_door('a header with a zero byte', 'X: a\\0b', upgrade(`${key}${version}X: a\0b\r\n`), 'HTTP 400 bad_request'),
  at_door('a bare line feed', 'Host: x\\n', 'GET /ws?user=x HTTP/1.1\nHost: x\n\n', 'HTTP 400 bad_request'),
  ...['/../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/admin/..%2f..%2fetc/passwd', '/livez%00'].map((path) => ({
    name: 'a path that climbs, internal port', sent: path, expect: 'HTTP 404 not_found', ci: true,
    run: (house) => say(house.admin_port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`) })),

  smuggled('two lengths', `Content-Length: 5\r\nContent-Length: ${5 + hidden.length}\r\n`),
  smuggled('a list of lengths', `Content-Length: 5, ${5 + hidden.length}\r\n`),
  smuggled('a signed length', 'Content-Length: +5\r\n'),
  smuggled('a length beyond 64 bits', 'Content-Length: 18446744073709551621\r\n'),
  smuggled('length and chunks', `Content-Length: ${5 + hidden.length}\r\nTransfer-Encoding: chunked\r\n`),
  smuggled('chunks and length', `Transfer-Encoding: chunked\r\nContent-Length: ${5 + hidden.length}\r\n`),
  smuggled('a coding that is none', `Transfer-Encoding: xchunked\r\nContent-Length: ${5 + hidden.length}\r\n`),
  smuggled('chunked, but not last', `Transfer-Encoding: chunked, identity\r\nContent-Length: ${5 + hidden.length}\r\n`),
  smuggled('chunked twice', `Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nContent-Length: ${5 + hidden.length}\r\n`),
  smuggled('a space before the colon', `Transfer-Encoding : chunked\r\nContent-Length: ${5 + hidden.length}\r\n`),
  smuggled('a chunk of 2^68 bytes', 'Transfer-Encoding: chunked\r\n', { body: `fffffffffffffffff\r\n${hidden}` }),
  smuggled('a chunk that is no number', 'Transfer-Encoding: chunked\r\n', { body: `zz\r\n${hidden}` }),

  query('an encoded zero byte in the user', 'user=a%00b', 'HTTP 400 bad_field (user)'),
  query('line ends in the user', 'user=a%0d%0aSet-Cookie:%20x', 'HTTP 400 bad_field (user)'),
  query('quotes in the user', 'user=%22%2c%22admin%22%3atrue', 'HTTP 400 bad_field (user)'),
  query('braces in the user', 'user=%7b42%7d', 'HTTP 400 bad_field (user)'),
  query('overlong UTF-8 in the user', 'user=%c0%af', 'HTTP 400 bad_field (user)'),
  query('a user called broadcast', 'user=broadcast', 'HTTP 400 bad_field (user)'),
  query('a user called as a group', 'user=group%3ax', 'HTTP 400 bad_field (user)'),
  query('a user of 129 bytes', `user=${'x'.repeat(129)}`, 'HTTP 400 bad_field (user)'),
  query('the user given twice', 'user=a&user=b', 'HTTP 400 bad_field (user)'),
  query('escapes that are none', 'user=%zz', 'HTTP 400 bad_field'),
  query('half an escape', 'user=a%4', 'HTTP 400 bad_field'),
  query('control characters in a group', 'user=a&groups=g%1b%5b2J', 'HTTP 400 bad_field (groups)'),
  query('3,000 groups', `user=a&groups=${Array.from({ length: 3000 }, (_, n) => n.toString(36)).join()}`, /^HTTP (400|431) \w+( \(groups\))?$/),
  query('101 groups', `user=a&groups=${Array.from({ length: 101 }, (_, n) => `g${n}`).join()}`, 'HTTP 400 too_many_groups (groups)'),
  query('a deep resume', `user=a&resume=${'%5b'.repeat(2000)}`, 'HTTP 400 bad_field (resume)'),
  query('a wide resume', `user=a&resume=%7b${Array.from({ length: 600 }, () => '%22a%22:1').join()}%7d`, 'HTTP 400 bad_field (resume)'),
  query('a huge resume', `user=a&resume=${'x'.repeat(100_000)}`, 'HTTP 431 too_large'),
  query('a cursor that is none', 'user=a&resume={"user":"%27;DROP"}', 'HTTP 400 bad_field'),

  { name: 'slow headers', sent: '200 requests, a byte every 200 ms each', expect: '200 × HTTP 408 timeout', within: [1.8, 8],
    run: (house) => drip(house.public_port, 'GET /ws?user=x HTTP/1.1\r\nHost: x\r\nX-Slow: ', 200, 200) },
  { name: 'a slow body', sent: '50 publishes, a byte every 200 ms each', expect: '50 × cut', within: [1.8, 8],
    run: (house) => drip(house.admin_port, `POST /api/v1/notifications HTTP/1.1\r\nHost: x\r\n${house.key ? `X-Api-Key: ${house.key}\r\n` : ''}Content-Length: 1000\r\n\r\n{`, 50, 200) },
  { name: 'a reader that takes no answers', sent: '20,000 requests for /metrics on one connection, nothing is read', expect: 'cut', within: [0, 25],
    async run(house) {
      const raw = await Raw.connect(house.admin_port, { read: false, from: attacker });
      for (let n = 0; n < 200; ++n) raw.send('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100));
      // Its own side stays unread: whether it was cut off shows when one more request is sent.
      const begin = Date.now();
      while (!raw.over && Date.now() - begin < 24_000) {
        await sleep(250);
        raw.send(hidden);
      }
      const answer = raw.over ? 'cut' : 'open';
      raw.destroy();
      return answer;
    } },
  { name: 'an upgrade, and frames that do not wait', sent: '300 pings with the upgrade\'s request', expect: /^(served|close 1008 abuse)$/, ci: true,
    async run(house) {
      const raw = await Raw.connect(house.public_port, { from: attacker });
      raw.send(Buffer.concat([Buffer.from(upgrade_request('early')), ...Array.from({ length: 300 }, () => frame('{"type":"ping"}'))]));
      const served = await until(() => heard(raw) || raw.text.split('"pong"').length > 300, { within: 6000, what: 'the pongs' }).then(() => heard(raw) ?? 'served', () => 'open');
      raw.destroy();
      return served;
    } },
];
