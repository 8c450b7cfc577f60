// -- start ------------------------------------------------------------------------------------------------------------

const THEME_PLACE = 'herald-theme';

/// Light, dark, or as the system has it; remembered by this browser.
function use_theme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $('theme').value = theme;
}

function start_theme() {
  const kept = localStorage.getItem(THEME_PLACE);
  use_theme(['light', 'dark'].includes(kept) ? kept : 'auto');
  $('theme').addEventListener('change', () => {
    localStorage.setItem(THEME_PLACE, $('theme').value);
    use_theme($('theme').value);
  });
}

/// `/` leads to the search, as long as nothing is typed elsewhere.
function on_key(event) {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches?.('input, select, textarea') || $('confirm').open) return;
  event.preventDefault();
  $('user-id').focus();
  $('user-id').select();
}

function start() {
  start_theme();
  start_fleet();
  start_actors();
  start_users();
  start_traces();
  start_capacity();
  $('lock-form').addEventListener('submit', use_key);
  $('forget-key').addEventListener('click', forget_key);
  $('try-now').addEventListener('click', at_once);
  document.addEventListener('keydown', on_key);
  document.addEventListener('visibilitychange', on_visibility);
  // A large fleet is asked less often: each question is answered by every node.
  const by_size = (ms) => () => ms * Math.max(1, fleet.nodes.length / 20);
  poll(() => 1000, ask_fleet);
  poll(by_size(800), ask_actors);
  poll(by_size(800), ask_troubles);
  poll(() => drain.state && drain.state.state !== 'serving' ? 1000 : 5000, ask_drain);
  setInterval(tick, 100);
  tick();
}

start();
