// -- the actors that have most to do, or wait longest -----------------------------------------------------------------

const ACTOR_KINDS = ['session', 'user_router', 'directory', 'bridge', 'publisher', 'warden', 'fleet', 'inspector'];
const TROUBLE_ORDERS = ['busy', 'outbox', 'mailbox'];
const actors = { sort: 'busy', rows: [], next_trouble: 0 };
let actors_table;

/// Why a row is blamed, as it is seen from outside.
function note_of(row) {
  if (row.note) return row.note;
  const { session: s, recent } = row;
  if (row.blame === 'socket') return `${s?.stalled ? 'its client\'s socket takes no more' : 'its client is too slow: it reads the log at its own pace'}; ${bytes(s?.outbox_bytes)} wait`;
  if (row.blame === 'handler') return `of late a message took ${lasting(recent.handling_us_highest / 1000)}, all of them ${lasting(recent.busy_ms)}`;
  if (row.blame === 'mailbox') return `${plural(row.mailbox, 'message')} wait for it`;
  return s?.dropped ? `${plural(s.dropped, 'notification')} dropped` : '';
}

const actor_name = (row) => row.kind === 'node' ? `node ${row.node}` : row.stuck ? `shard ${row.shard} stands still` : `${row.kind} ${row.id}`;
const actor_key = (row) => row.stuck ? `stuck ${row.node} ${row.shard}` : `actor ${row.node} ${row.kind} ${row.id}`;
const has_session = (row, text) => row.session ? text(row.session) : '';

const actor_columns = [
  { name: 'Actor', class: 'id', cell: actor_name },
  { name: 'Blame', cell: (r) => ({ blame: r.stuck ? 'stuck' : r.blame, text: r.blame }) },
  { name: 'User', class: 'id', cell: (r) => r.user === undefined ? '' : { text: r.user, act: () => find_user(r.user) } },
  { name: 'Node', class: 'name', cell: (r) => r.node },
  { name: 'Shard', class: 'number', cell: (r) => is_number(r.shard) ? String(r.shard) : '' },
  { name: 'Why', class: 'long', cell: note_of },
  { name: 'Busy of late', class: 'number', sort: 'busy', one_way: true, about: 'time in its handlers, in the last 9 to 17 s', cell: (r) => r.recent ? lasting(r.recent.busy_ms) : '' },
  { name: 'Longest of late', class: 'number', about: 'the longest that one message took, in the last 9 to 17 s', cell: (r) => r.recent ? lasting(r.recent.handling_us_highest / 1000) : '' },
  { name: 'Mailbox', class: 'number', sort: 'mailbox', one_way: true, about: 'messages that wait for it', cell: (r) => is_number(r.mailbox) ? count(r.mailbox) : '' },
  { name: 'Outbox', class: 'number', sort: 'outbox', one_way: true, about: 'what waits for its client', cell: (r) => has_session(r, (s) => bytes(s.outbox_bytes)) },
  { name: 'Sent', class: 'number', sort: 'bytes', one_way: true, about: 'what its client\'s socket has taken', cell: (r) => has_session(r, (s) => bytes(s.bytes_out)) },
  { name: 'Ping', class: 'number', cell: (r) => has_session(r, (s) => lasting(s.ping_ms)) },
  { name: 'Age', class: 'number', sort: 'age', one_way: true, cell: (r) => is_number(r.age_ms) ? lasting(r.age_ms) : '' },
];

function start_actors() {
  const choice = (value, text) => make('option', { value }, text);
  $('actors-kind').replaceChildren(choice('', 'all'), ...ACTOR_KINDS.map((kind) => choice(kind, kind)));
  $('actors-node').replaceChildren(choice('', 'all'));
  $('actors-filters').addEventListener('change', () => ask_actors().catch(ignore_no_answer));
  $('actors-filters').addEventListener('submit', (event) => event.preventDefault());
  const on_sort = (sort) => { actors.sort = sort; ask_actors().catch(ignore_no_answer); };
  actors_table = new Table($('actors-table'), 'Actors', actor_columns, { on_sort, sort: actors.sort });
}

function ignore_no_answer(error) {
  if (!(error instanceof NoAnswer)) throw error;
}

/// The nodes that may be chosen: those that are there.
function show_node_choices() {
  const names = [...new Set(fleet.nodes.filter((node) => node.state === 'live').map((node) => node.name))].sort();
  const chosen = $('actors-node').value;
  if (chosen && !names.includes(chosen)) names.push(chosen);
  if ([...$('actors-node').options].slice(1).map((option) => option.value).join() === names.join()) return;
  $('actors-node').replaceChildren(make('option', { value: '' }, 'all'), ...names.map((name) => make('option', { value: name }, name)));
  $('actors-node').value = chosen;
}

const actors_path = (fields) => `actors?${new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== ''))}`;

async function ask_actors() {
  const node = $('actors-node').value;
  const asked = { sort: actors.sort, kind: $('actors-kind').value, limit: $('actors-limit').value, ...(node ? { node } : { nodes: 'all' }) };
  const answer = await ask(actors_path(asked));
  if (asked.sort !== actors.sort) return;   // something else was asked for meanwhile
  if (!answer.ok || !Array.isArray(answer.json?.actors)) {
    actors_table.show([]);
    return note('actors-note', trouble_of(answer), 'bad');
  }
  show_actors(answer.json);
  if (!node && !asked.kind && TROUBLE_ORDERS.includes(asked.sort)) report_actors(asked.sort, answer.json);
}

/// A node that did not answer is a row itself: nothing is known of its actors.
const silent_rows = (json) => (json.unanswered ?? []).map((node) => ({ kind: 'node', node: node.name, id: node.instance, stuck: true, blame: 'unknown', mark: 'stuck',
  note: 'did not answer: it stands still, or Redis does not bring its answer. Its own page shows more.' }));

function show_actors(json) {
  const rows = [...silent_rows(json), ...json.actors];
  actors_table.show(rows.map((row) => ({ ...row, key: row.kind === 'node' ? `node ${row.id}` : actor_key(row), mark: row.stuck ? 'stuck' : '' })));
  const per_node = json.nodes ?? [];
  say($('actors-sum'), `by ${{ busy: 'time in their handlers', outbox: 'what waits for their clients', mailbox: 'messages that wait', age: 'age', bytes: 'bytes sent' }[actors.sort]}`);
  const incomplete = per_node.filter((node) => !node.complete).map((node) => node.name);
  note('actors-note', incomplete.length ? `Not all actors were looked at: shards of ${incomplete.join(', ')} did not get through their lists in time.` : '');
}

/// Looks for trouble in one of the lists that are not shown, in turn.
async function ask_troubles() {
  const shown_sort = $('actors-node').value || $('actors-kind').value ? '' : actors.sort;
  const others = TROUBLE_ORDERS.filter((sort) => sort !== shown_sort);
  const sort = others[actors.next_trouble++ % others.length];
  const { ok, json } = await ask(actors_path({ sort, limit: TROUBLES_SHOWN, nodes: 'all' }));
  if (ok && Array.isArray(json?.actors)) report_actors(sort, json);
}

/// What stands still is in every list, and is as the last one says.
function report_actors(sort, json) {
  report('standing still', [...silent_rows(json), ...json.actors.filter((row) => row.stuck)].flatMap(actor_troubles));
  report(sort, json.actors.filter((row) => !row.stuck).flatMap(actor_troubles));
}

function actor_troubles(row) {
  if (row.blame === 'none') return [];
  const where = row.kind === 'node' ? '' : ` on ${row.node}${row.stuck ? '' : `, shard ${row.shard}`}`;
  const weight = row.stuck ? 100 : row.blame === 'handler' ? 40 + Math.min(20, row.recent.busy_ms / 1000) : row.blame === 'socket' ? 20 + Math.min(20, row.session.outbox_bytes / 1e6) : 10;
  return [{ key: row.kind === 'node' ? `node ${row.id}` : actor_key(row), rank: weight, blame: row.stuck ? 'stuck' : row.blame, word: row.kind === 'node' ? 'no answer' : row.stuck ? 'stuck' : row.blame,
    what: `${actor_name(row)}${where}`, user: row.user, note: note_of(row), mild: row.blame === 'socket' || row.blame === 'mailbox' }];
}
