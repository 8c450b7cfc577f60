// Messages of herald.v1 that no client should send: each is answered with an error, and the session goes on.

import { commands as send } from '../attack.mjs';

const command = (name, sent, messages, expect) => ({ name, sent, expect, ci: true, run: (house) => send(house, [messages].flat()) });
const bad = (code) => `error ${code}, served`;

export const commands = [
  command('deep nesting', '30,000 levels', '['.repeat(30_000), /^error (too_deep|bad_json), served$/),
  command('deep objects', '10,000 levels', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, /^error (too_deep|bad_json), served$/),
  command('a string of 60 KB for a type', 'xxx…', { type: 'x'.repeat(60_000) }, bad('unknown_type')),
  command('a string of 60 KB for a group', 'xxx…', { type: 'subscribe', group: 'x'.repeat(60_000) }, bad('bad_field')),
  command('a message of 1 MiB', 'one string', `{"type":"ping","pad":"${'x'.repeat(1 << 20)}"}`, /^close 1009/),
  command('a type that comes twice', 'ping, and dance', '{"type":"ping","type":"dance"}', /^(error \w+, )?served$/),
  command('10,000 members', 'a0…', `{"type":"ping",${Array.from({ length: 5000 }, (_, n) => `"a${n}":1`).join()}}`, /^(error \w+, )?served$/),
  command('a type that is a number', '5', { type: 5 }, bad('bad_field')),
  command('a group that is an object', '{}', { type: 'subscribe', group: {} }, bad('bad_field')),
  command('groups that are a list', '[…]', { type: 'subscribe', group: ['a'] }, bad('bad_field')),
  command('a ref beyond 64 bits', '99999999999999999999', '{"type":"ping","ref":99999999999999999999}', bad('bad_field')),
  command('a ref beyond doubles', '1e400', '{"type":"ping","ref":1e400}', /^error (bad_field|bad_json), served$/),
  command('a number of 60,000 digits', '111…', `{"type":"ping","n":${'1'.repeat(60_000)}}`, /^(error (bad_field|bad_json), )?served$/),
  command('control characters in a group', 'g\\u0000\\r\\n', { type: 'subscribe', group: 'g\0\r\n' }, bad('bad_field')),
  command('a group with braces', '{x}', { type: 'subscribe', group: '{x}' }, bad('bad_field')),
  command('a channel that climbs', 'ack ../../herald:log', { type: 'ack', channel: '../../herald:log', cursor: '1.1.1' }, /^error (bad_field|not_supported), served$/),
  command('half a surrogate', '\\ud800', '{"type":"subscribe","group":"\\ud800"}', /^error (bad_field|bad_json), served$/),
  command('no JSON', 'hello', 'hello', bad('bad_json')),
  command('nothing', 'an empty message', '', bad('bad_json')),
  command('a byte order mark', 'before a ping', '\ufeff{"type":"ping"}', bad('bad_json')),
  command('a list of 10,000 commands', '[{"type":"ping"},…]', `[${Array.from({ length: 3000 }, () => '{"type":"ping"}').join()}]`, /^error (bad_json|bad_field), served$/),
  command('a cursor that is none', 'resume', { type: 'resume', channels: { user: '1.2.3.4.5', broadcast: -1 } }, /^error (bad_field), served$/),
  command('a resume of 3,000 channels', 'group:g0…', { type: 'resume', channels: Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`group:g${n}`, '0'])) },
    bad('bad_field')),
  command('a publish that is not allowed', 'to everybody', { type: 'publish', to: { broadcast: true }, data: 1 }, bad('not_allowed')),
  command('100,000 unknown types', 'dance, again and again', Array.from({ length: 1000 }, () => '{"type":"dance"}'), 'error unknown_type, close 1008 abuse'),
];
