// -- one notification's way -------------------------------------------------------------------------------------------

function start_traces() {
  $('trace-form').addEventListener('submit', (event) => {
    event.preventDefault();
    follow($('trace-id').value.trim());
  });
}

async function follow(id) {
  $('trace-found').replaceChildren();
  $('trace-id').setAttribute('aria-invalid', 'false');
  if (!id) return refuse_input('trace', 'Which notification? Its id is in the answer to the publisher, and in the notification itself.');
  note('trace-note', 'Asking all nodes.', '');
  const answer = await ask(`trace/${encodeURIComponent(id)}`).catch((error) => note('trace-note', error.message, 'bad'));
  if (!answer) return;
  if (is_no_address(answer)) return note('trace-note', 'This herald has no traces.', 'warn');
  if (answer.status === 400) return refuse_input('trace', trouble_of(answer));
  if (!answer.ok || !Array.isArray(answer.json?.nodes)) return note('trace-note', trouble_of(answer), 'bad');
  show_trace(answer.json);
}

function show_trace(json) {
  const unanswered = json.unanswered ?? [];
  const doubts = unanswered.length ? `No answer from ${nodes_named(unanswered)}: what is there is not shown.` : json.complete === false ? 'Not all of it is known.' : '';
  if (!json.found) return note('trace-note', [`Not found: ${json.why ?? 'no node knows it'}.`, doubts].filter(Boolean).join(' '), 'warn');
  note('trace-note', [`${words_of_sessions(json.words) || 'It came to no session'}.`, doubts].filter(Boolean).join(' '), doubts || !json.words?.written && !json.words?.acknowledged ? 'warn' : 'good');
  const knows = json.nodes.filter((node) => node.steps?.length || node.sessions?.length);
  const others = json.nodes.filter((node) => !knows.includes(node)).map((node) => `${node.name}: ${spoken(node.last_word)}`);
  $('trace-found').replaceChildren(facts(['to', (json.to ?? []).join(', ')], ['published', json.published_at ? when(json.published_at) : null], ['data', bytes(json.data_bytes)],
    ['cursor', json.cursor], ['traceparent', json.traceparent], ['other nodes', others.length ? others.join('; ') : null]), ...knows.flatMap(trace_of_node));
}

const spoken = (word) => String(word ?? '').replaceAll('_', ' ');
const words_of_sessions = (words) => Object.entries(words ?? {}).map(([word, n]) => `${plural(n, 'session')} ${spoken(word)}`).join(', ');
const BAD_WORDS = ['dropped', 'lost', 'refused', 'nobody_here', 'not_known'];

function trace_of_node(node) {
  const missing = (node.missing ?? []).map(spoken).join(', ');
  return [
    make('h3', {}, `${node.name}: ${words_of_sessions(node.words) || spoken(node.last_word)}`),
    make('ol', { class: 'steps', 'aria-label': `the way through ${node.name}` }, ...(node.steps ?? []).map(trace_step)),
    ...(node.sessions?.length ? [make('ol', { class: 'steps', 'aria-label': `the sessions on ${node.name}` }, ...node.sessions.map(trace_session))] : []),
    ...(missing || node.left_out ? [make('p', { class: 'soft' }, [node.left_out ? `${plural(node.left_out, 'session')} left out` : '', missing].filter(Boolean).join('; '))] : []),
  ];
}

/// Nodes' clocks differ: what another node did may be said to be earlier than the publish.
const after = (ms) => is_number(ms) ? `${ms < 0 ? '−' : '+'}${lasting(Math.abs(ms))}` : '';

function trace_step({ step, to, shard, at, after_ms, times, until_after_ms, directories, routers, sessions, why }) {
  const details = [`shard ${shard}`, is_number(directories) ? `to ${plural(directories, 'directory', 'directories')}` : '', is_number(routers) ? `to ${plural(routers, 'router')}` : '',
    is_number(sessions) ? `to ${plural(sessions, 'session')}` : '', times > 1 ? `${count(times)} times, until ${after(until_after_ms)}` : '', why ?? ''];
  return make('li', { class: BAD_WORDS.includes(step) ? 'bad' : undefined }, make('span', { class: 'after', title: at }, after(after_ms)),
    make('div', {}, make('b', {}, spoken(step)), ' ', make('span', { class: 'soft' }, `${to}; ${details.filter(Boolean).join(', ')}`)));
}

function trace_session(one) {
  const is_bad = BAD_WORDS.includes(one.last_word);
  const steps = (one.steps ?? []).map(({ step, after_ms }) => `${spoken(step)} ${after(after_ms)}`).join(', ');
  const last = one.steps?.at(-1);
  return make('li', { class: is_bad ? 'bad' : undefined }, make('span', { class: 'after', title: last?.at }, after(last?.after_ms)),
    make('div', {}, blame(is_bad ? 'bad' : ['written', 'acknowledged'].includes(one.last_word) ? 'good' : 'socket', spoken(one.last_word)), ' ',
      make('button', { type: 'button', class: 'link', onclick: () => find_user(one.user) }, `user ${one.user}`), one.device ? ` ${one.device}` : '', ' ',
      make('span', { class: 'soft' }, [`session ${one.id}`, one.address, `shard ${one.shard}`, one.why, steps].filter(Boolean).join('; '))));
}
