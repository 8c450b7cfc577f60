// -- what is wrong, whatever is looked at below -----------------------------------------------------------------------

const TROUBLES_SHOWN = 12;
/// By the list that they were found in: actors by order, and the fleet.
const troubles = new Map();

/// `found`: [{key, rank, blame, word, what, note, user, mild}], those of one list.
function report(list, found) {
  troubles.set(list, found);
  const all = new Map();
  for (const one of [...troubles.values()].flat()) all.set(one.key, one);
  const sorted = [...all.values()].sort((a, b) => b.rank - a.rank);
  show_troubles(sorted);
}

function show_troubles(sorted) {
  const words = sorted.map((one) => JSON.stringify([one.key, one.word, one.what, one.note]));
  const list = $('trouble-list');
  if (list.dataset.shown === words.join()) return;
  list.dataset.shown = words.join();
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  list.replaceChildren(...sorted.slice(0, TROUBLES_SHOWN).map(trouble_item));
  if (focused) [...list.querySelectorAll('button')].find((button) => button.dataset.key === focused)?.focus({ preventScroll: true });
  const more = sorted.length - TROUBLES_SHOWN;
  say($('trouble-none'), !sorted.length ? 'Nothing: no node, no shard and no actor.' : more > 0 ? `The first ${TROUBLES_SHOWN} of ${sorted.length}.` : '');
  $('trouble-none').hidden = sorted.length > 0 && more <= 0;
}

function trouble_item(one) {
  const user = one.user === undefined ? null
    : make('button', { type: 'button', class: 'link', 'data-key': one.key, onclick: () => find_user(one.user) }, `user ${one.user}`);
  return make('li', { class: one.mild ? 'warn' : undefined }, blame(one.blame, one.word), make('b', {}, one.what), user, make('span', { class: 'soft' }, one.note));
}
