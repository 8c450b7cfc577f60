// -- what so many connections would need ------------------------------------------------------------------------------

function start_capacity() {
  $('capacity-form').addEventListener('submit', (event) => {
    event.preventDefault();
    ask_capacity($('capacity-connections').value.replaceAll(/[\s,._']/g, ''));
  });
}

async function ask_capacity(connections) {
  $('capacity-found').replaceChildren();
  $('capacity-connections').setAttribute('aria-invalid', 'false');
  if (!/^\d{1,12}$/.test(connections)) return refuse_input('capacity', 'How many connections? A whole number, as 50000.');
  note('capacity-note', 'Asking.', '');
  const answer = await ask(`capacity?connections=${connections}`).catch((error) => note('capacity-note', error.message, 'bad'));
  if (!answer) return;
  if (is_no_address(answer)) return note('capacity-note', 'This herald does not say what it could carry.', 'warn');
  if (answer.status === 400) return refuse_input('capacity', trouble_of(answer));
  if (!answer.ok || !is_number(answer.json?.pods?.needed)) return note('capacity-note', trouble_of(answer), 'bad');
  show_capacity(answer.json);
}

function show_capacity({ asked, is_measured, figures, a_pod, pods, hpa, notes = [] }) {
  note('capacity-note', `${plural(pods.needed, 'pod')} like this one for ${plural(asked.connections, 'connection')}; one carries ${count(a_pod.connections)}, bound by ${spoken(a_pod.bound_by)}.`
    + (is_measured ? '' : ' This node has not measured enough of itself yet: some of it is assumed.'), is_measured ? 'good' : 'warn');
  $('capacity-found').replaceChildren(
    ...notes.map((text) => make('p', { class: 'note warn' }, text)),
    make('h3', {}, 'What bounds a pod'), shown(a_pod.bounds ?? []),
    make('h3', {}, 'How many pods'), shown(pods),
    ...(hpa ? [make('h3', {}, 'For the autoscaler'), shown(hpa)] : []),
    make('details', {}, make('summary', {}, 'what was reckoned with'), shown({ asked, figures })));
}
