// -- a user, on every node --------------------------------------------------------------------------------------------

const user_search = { id: '' };

/// An address that the node does not know at all, unlike a thing that it does not know.
const is_no_address = ({ status, json }) => status === 404 && /^there is nothing at this path/.test(json?.error?.message ?? '');

const nodes_named = (list) => list.map((node) => node.name).join(', ');
const user_path = (id) => `users/${encodeURIComponent(id)}`;

function start_users() {
  $('user-form').addEventListener('submit', (event) => {
    event.preventDefault();
    find_user($('user-id').value.trim());
  });
  $('user-kick').addEventListener('click', () => end_sessions(user_search.id));
}

/// Shows a user, from anywhere on the page.
async function find_user(id) {
  $('user-id').value = id;
  $('user').scrollIntoView({ block: 'nearest' });
  await look_for_user(id);
  $('user-id').focus({ preventScroll: true });
}

async function look_for_user(id) {
  user_search.id = id;
  $('user-kick').hidden = true;
  $('user-found').replaceChildren();
  $('user-id').setAttribute('aria-invalid', 'false');
  if (!id) return refuse_input('user', 'Which user?');
  note('user-note', 'Asking all nodes.', '');
  const answer = await ask(user_path(id)).catch((error) => note('user-note', error.message, 'bad'));
  if (!answer || user_search.id !== id) return;
  if (answer.status === 400) return refuse_input('user', trouble_of(answer));
  if (!answer.ok || !Array.isArray(answer.json?.sessions)) return note('user-note', trouble_of(answer), 'bad');
  show_user(answer.json);
}

function refuse_input(part, why) {
  const input = $({ user: 'user-id', trace: 'trace-id', capacity: 'capacity-connections' }[part]);
  input.setAttribute('aria-invalid', 'true');
  input.focus();
  note(`${part}-note`, why, 'bad');
}

function show_user(json) {
  const { sessions, nodes = [], unanswered = [], log } = json;
  const left_out = nodes.reduce((sum, node) => sum + (node.left_out ?? 0), 0);
  const stuck = nodes.filter((node) => node.state === 'shard_does_not_answer');
  const doubts = [
    unanswered.length ? `No answer from ${nodes_named(unanswered)}: what is there is not shown.` : '',
    stuck.length ? `The user's shard stands still on ${nodes_named(stuck)}.` : '',
    left_out ? `${plural(left_out, 'session')} more are not shown.` : ''].filter(Boolean);
  note('user-note', [user_summary(json), `As of ${clock(Date.now())}.`, ...doubts].join(' '), doubts.length ? 'warn' : sessions.length ? 'good' : '');
  $('user-kick').hidden = sessions.length === 0;
  const place = make('div', { class: 'wide' });
  $('user-found').replaceChildren(facts(['log', log_words(log)], ['nodes', nodes.map((node) => `${node.name}: ${String(node.state).replaceAll('_', ' ')}`).join('; ')]), place);
  if (!sessions.length) return;
  const table = new Table(place, `Sessions of ${json.user}`, session_columns(log?.end));
  table.show(sessions.map((session) => ({ ...session, key: `${session.instance} ${session.id}`, mark: session.closing ? 'old' : '' })));
}

function user_summary({ user, sessions, nodes = [] }) {
  if (sessions.length) return `${user} has ${plural(sessions.length, 'session')} on ${[...new Set(sessions.map((session) => session.node))].join(', ')}.`;
  return nodes.some((node) => node.state === 'lingering') ? `${user} has no session: the last one left just now.` : `${user} has no session.`;
}

function log_words(log) {
  if (!log) return '–';
  if (log.error) return log.error;
  return log.end ? `${plural(log.entries, 'notification')} kept, the last one at ${count(log.end.offset)}` : 'nothing was published to this user';
}

/// Each channel with how far its client has got.
function channel_words(session, end) {
  return (session.channels ?? []).map(({ channel, state, sent, acknowledged }) => {
    const missing = channel === 'user' && end && sent ? end.offset - sent.offset : 0;
    const parts = [state === 'live' ? '' : state.replaceAll('_', ' '), sent ? `sent ${count(sent.offset)}` : '', missing > 0 ? `${count(missing)} behind` : '', acknowledged ? `acknowledged ${count(acknowledged.offset)}` : ''];
    return `${channel}: ${parts.filter(Boolean).join(', ') || 'nothing yet'}`;
  }).join('; ');
}

const session_columns = (end) => [
  { name: 'Node', class: 'id', cell: (s) => s.node },
  { name: 'Shard', class: 'number', cell: (s) => String(s.shard) },
  { name: 'Device', class: 'id', cell: (s) => s.device ?? '–' },
  { name: 'Address', class: 'id', cell: (s) => s.address },
  { name: 'Protocol', cell: (s) => s.protocol ?? '–' },
  { name: 'Since', class: 'number', cell: (s) => when(s.connected_at) },
  { name: 'Outbox', class: 'number', cell: (s) => `${bytes(s.outbox_bytes)} in ${count(s.outbox_messages)}` },
  { name: 'Taken', class: 'number', cell: (s) => bytes(s.outbox?.taken_bytes) },
  { name: 'Ping', class: 'number', cell: (s) => lasting(s.ping_ms) },
  { name: 'Channels', class: 'long', cell: (s) => channel_words(s, end) },
  { name: 'Session', class: 'id', cell: (s) => s.closing ? `${s.id} (closing)` : s.id },
];

async function end_sessions(id) {
  const yes = await confirmed(`End the sessions of ${id}?`, [make('p', {}, 'On every node. Each client is told (close code 4001), and does not come back by itself. Without a revoked token it may connect again.')], 'End them');
  if (!yes) return;
  $('user-kick').disabled = true;
  const answer = await ask(`${user_path(id)}/sessions`, { method: 'DELETE' }).catch((error) => note('user-note', error.message, 'bad'));
  $('user-kick').disabled = false;
  if (!answer) return;
  if (!answer.ok) return note('user-note', trouble_of(answer), 'bad');
  await look_for_user(id);
  const ended = answer.json?.sessions_ended;
  note('user-note', `All nodes are told to end the sessions of ${id}${is_number(ended) ? `; ${count(ended)} ended here` : ''}. ${$('user-note').textContent}`, 'good');
}
