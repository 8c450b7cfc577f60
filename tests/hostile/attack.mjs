// How things are sent, and what came back, in a few words that a table can hold and a test can compare:
//
//     HTTP 400 bad_field (user)     an answer: status, code, field        HTTP 401 invalid_token: signature    with the reason that begins its message
//     close 1002                    a close frame, and its reason         error bad_json                       a message of herald.v1
//     cut                           the connection ended without a word   open                                 nothing at all, and it stays open
//     served                        a ping was answered afterwards

import { closes_in, frame, messages_in, Raw, raw_websocket } from '../system/support/raw.mjs';
import { until } from '../system/support/wait.mjs';

/// Where attackers come from, unless they say otherwise: not where the bystanders are.
export const attacker = '127.0.0.66';

const http_answers = (text) => [...text.matchAll(/HTTP\/1\.[01] (\d{3})[^\r]*\r\n(?:[^\r]+\r\n)*\r\n/g)].filter(([, status]) => status !== '100')
  .map((found) => ({ status: Number(found[1]), length: Number(/content-length: *(\d+)/i.exec(found[0])?.[1] ?? 0), body_at: found.index + found[0].length }));

function http_words({ status, body_at, length }, text) {
  let error;
  try { ({ error } = JSON.parse(text.slice(body_at, body_at + length))); } catch { /* it has none */ }
  if (!error) return `HTTP ${status}`;
  const reason = error.code === 'invalid_token' ? `: ${/^\w+/.exec(error.message)?.[0]}` : '';
  return `HTTP ${status} ${error.code}${reason}${error.field && error.field !== 'token' ? ` (${error.field})` : ''}`;
}

/// What a connection has heard so far; undefined: nothing yet, or not all of it.
export function heard(raw) {
  const { text } = raw;
  if (raw.status === 101) {
    const [close] = closes_in(raw.received);
    if (close) return `close ${close.code}${close.reason ? ` ${close.reason}` : ''}`;
    return raw.over ? 'cut' : undefined;
  }
  const answers = http_answers(text);
  if (answers.length > 0 && answers.every(({ body_at, length }) => body_at + length <= raw.received.length)) {
    return answers.map((each) => http_words(each, text)).join(', ');
  }
  return raw.over ? 'cut' : undefined;
}

/// Sends bytes on a bare connection; what it hears until the other side ends it, or for `ms` when it stays open.
export async function say(port, bytes, { from = attacker, ms = 6000, ends = true } = {}) {
  const raw = await Raw.connect(port, { from });
  try {
    raw.send(bytes);
    await until(() => (ends ? raw.over : heard(raw) !== undefined), { within: ms, every: 5, what: 'an answer' }).catch(() => {});
    return heard(raw) ?? 'open';
  } finally {
    raw.destroy();
  }
}

/// A session of `user` by hand, with a token where the house wants one.
export function enter(house, user, { headers = '', ...options } = {}) {
  const token = house.token_of ? `Authorization: Bearer ${house.token_of(user)}\r\n` : '';
  return raw_websocket(house.public_port, user, { from: attacker, headers: `${token}${headers}`, ...options });
}

const errors_in = (raw) => messages_in(raw.received).filter((each) => each.type === 'error').map((each) => each.code);
const list = (words) => words.filter((each, at) => words.indexOf(each) === at).join(', ');

/// Sends frames in a session, and a ping behind them: what the session hears until that is answered, or the session ends.
export async function in_session(house, frames, { ms = 8000, user = 'mallory', ping = true, headers } = {}) {
  const raw = await enter(house, user, { headers });
  try {
    raw.send(Buffer.concat([frames].flat()));
    if (ping) raw.send(frame('{"type":"ping","ref":"afterwards"}'));
    const is_served = () => messages_in(raw.received).some((each) => each.type === 'pong' && each.ref === 'afterwards');
    await until(() => is_served() || heard(raw), { within: ms, every: 5, what: 'an end' }).catch(() => {});
    const closed = heard(raw);
    if (closed?.startsWith('close')) raw.send(frame(Buffer.from([0x03, 0xe8]), { opcode: 8 }));
    const told = errors_in(raw).map((code) => `error ${code}`);
    return list([...told, closed ?? (is_served() ? 'served' : 'open')]);
  } finally {
    raw.destroy();
  }
}

/// The same with messages: texts, or objects.
export const commands = (house, messages, options) => in_session(house,
  messages.map((each) => frame(typeof each === 'string' ? each : JSON.stringify(each))), options);

/// The same thing many times at once: how often which answer came.
export async function many(count, one) {
  const answers = await Promise.all(Array.from({ length: count }, (_, n) => one(n)));
  const counts = new Map();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([answer, times]) => `${times} × ${answer}`).join(', ');
}
