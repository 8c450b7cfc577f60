// -- draining a node --------------------------------------------------------------------------------------------------

const drain = { known: null, state: null };   // `known`: whether this herald can be asked to

/// Asks how far it is: often while it drains, seldom else.
async function ask_drain() {
  if (drain.known === false) return;
  const answer = await ask('drain');
  drain.known = !is_no_address(answer) && answer.status !== 405;
  drain.state = answer.ok ? answer.json : null;
  if (!drain.known) note('drain-note', 'This herald can not be drained from here: end its process with SIGTERM.', 'warn');
  show_drain();
}

/// Each node that is there: this one with its button, others with where theirs is.
function show_drain() {
  const nodes = fleet.nodes.filter((node) => node.state === 'live');
  const list = $('drain-nodes');
  const wanted = nodes.map((node) => `${node_key(node)}`).join();
  if (list.dataset.nodes !== wanted) {
    list.dataset.nodes = wanted;
    list.replaceChildren(...nodes.map(drain_card));
  }
  for (const node of nodes) fill_drain_card(document.getElementById(`drain-${node_key(node)}`), node);
}

function drain_card(node) {
  const parts = [make('b', {}, node.name), ' ', make('span', { class: 'soft words' })];
  if (node.this) parts.push(make('div', {}, make('progress', { max: 1, value: 0, hidden: true, 'aria-label': `how far ${node.name} is drained` })),
    make('div', { class: 'line' }, make('button', { type: 'button', class: 'danger', onclick: () => begin_drain(node) }, `Drain ${node.name} …`),
      make('button', { type: 'button', class: 'cancel', hidden: true, onclick: cancel_drain }, 'Let it serve again')));
  else parts.push(make('div', { class: 'soft' }, 'From its own page: open /admin/ at its own internal port.'));
  return make('li', { id: `drain-${node_key(node)}` }, ...parts);
}

function fill_drain_card(card, node) {
  const state = node.this ? drain.state : null;
  const is_draining = state ? state.state !== 'serving' : node.draining;
  say(card.querySelector('.words'), state && is_draining ? drain_words(state) : is_draining ? `draining; ${plural(node.connections, 'connection')} left` : `serves ${plural(node.connections, 'connection')}`);
  if (!node.this) return;
  const bar = card.querySelector('progress');
  bar.hidden = !is_draining || !state;
  if (state && is_draining) bar.value = state.sessions_at_begin > 0 ? Math.max(0, 1 - state.sessions_left / state.sessions_at_begin) : 1;
  card.querySelector('.danger').disabled = is_draining || !drain.known;
  card.querySelector('.cancel').hidden = !is_draining || !state;
}

function drain_words({ state, sessions_left, sessions_at_begin, ends_in_ms, started_at, cut }) {
  const of_all = `${count(sessions_left)} of ${plural(sessions_at_begin, 'session')} left`;
  if (state === 'drained') return sessions_left > 0 ? `drained, but ${of_all}` : `drained: no session is left of ${count(sessions_at_begin)}${cut ? `; ${count(cut)} did not answer the goodbye and were cut` : ''}`;
  const ends = is_number(ends_in_ms) ? `, over in ${lasting(Math.max(0, Math.round(ends_in_ms / 1000) * 1000))} at the latest` : '';
  return `${state === 'leaving' ? 'waits until balancers send nobody any more' : 'sends its clients elsewhere'}, since ${when(started_at)}: ${of_all}${ends}`;
}

/// Asks the node about its drain, or tells it something. Nothing where that did not succeed: then it is said.
async function tell_drain(method, query = '') {
  note('drain-note', '');
  const answer = await ask(`drain${query}`, { method }).catch((error) => note('drain-note', error.message, 'bad'));
  if (answer && !answer.ok) note('drain-note', trouble_of(answer), 'bad');
  return answer?.ok ? answer.json : undefined;
}

/// What would happen, a question, and then it happens.
async function begin_drain(node) {
  const foreseen = await tell_drain('POST', '?dry_run=1');
  if (!foreseen?.dry_run) return;
  const is_advised_against = foreseen.allowed === false;
  if (!(await confirmed(`Drain ${node.name}?`, dry_run_words(foreseen), is_advised_against ? 'Drain it all the same' : 'Drain it'))) return;
  show_drain_state(await tell_drain('POST', is_advised_against ? '?force=1' : ''));
}

async function cancel_drain() {
  show_drain_state(await tell_drain('DELETE'));
}

function show_drain_state(state) {
  if (state) drain.state = state;
  show_drain();
}

function dry_run_words({ allowed, reasons = [], sessions, window_ms, reconnects_per_second, nodes = [], log_covers_absence, logs }) {
  const rows = nodes.map((node) => make('tr', {}, make('td', {}, node.name), ...[node.connections_now, node.connections_after].map((n) => make('td', { class: 'number' }, count(n))),
    make('td', { class: 'number' }, is_number(node.reconnects_per_second) ? String(node.reconnects_per_second) : '–')));
  const heads = ['Node', 'Connections now', 'afterwards', 'reconnects/s'].map((name, i) => make('th', { scope: 'col', class: i ? 'number' : undefined }, name));
  return [
    make('p', {}, `${plural(sessions, 'session')} are sent elsewhere within ${lasting(window_ms)}: ${is_number(reconnects_per_second) ? reconnects_per_second : '–'} reconnects a second.`),
    allowed === false ? make('p', { class: 'note bad' }, `It should not be: ${reasons.join('; ') || 'the node advises against it'}.`) : reasons.length ? make('p', { class: 'note warn' }, reasons.join('; ')) : '',
    log_covers_absence === false && is_number(logs?.shortest_ms) ? make('p', { class: 'note warn' }, `The log of ${logs.channel} holds the last ${lasting(logs.shortest_ms)}: who comes back later than that misses something, and is told so.`) : '',
    rows.length ? make('div', { class: 'wide', tabindex: 0, role: 'group', 'aria-label': 'what would become of the nodes' }, make('table', {}, make('thead', {}, make('tr', {}, ...heads)), make('tbody', {}, ...rows))) : '',
  ];
}
