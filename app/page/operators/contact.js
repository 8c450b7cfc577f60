// -- contact with the node --------------------------------------------------------------------------------------------

const ANSWER_LIMIT_MS = 5000;      // a node that takes longer is out of contact
const LONGEST_BACKOFF_MS = 15_000;
const KEY_PLACE = 'herald-admin-key';

const contact = {
  state: 'opening',                // opening, live, lost, paused (the tab is hidden), locked (a key is needed)
  heard_at: null,                  // when the node answered last
  failures: 0,
  retry_at: 0,
  key: sessionStorage.getItem(KEY_PLACE) ?? '',
};
const polls = [];

/// The node gave no answer, or one to somebody without a key: both are shown by what is here.
class NoAnswer extends Error {}

/// Asks the node: {status, ok, json}, whatever it answers. Paths are below /admin/, wherever a proxy has put that.
async function ask(path, { method = 'GET' } = {}) {
  const { key } = contact;
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  let answer, json = null;
  try {
    answer = await fetch(path, { method, headers, cache: 'no-store', credentials: 'omit', redirect: 'error', signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    const text = await answer.text();
    try { json = JSON.parse(text); } catch { /* what is in front of the node may answer otherwise */ }
  } catch (error) {
    lose(error.name === 'TimeoutError' ? 'does not answer in time' : 'can not be reached');
    throw new NoAnswer(`the node ${error.name === 'TimeoutError' ? 'does not answer' : 'can not be reached'}`);
  }
  hear();
  if (answer.status === 401 || answer.status === 403) {
    if (key === contact.key) lock(answer.status, json?.error?.message);   // else another one is in use by now
    throw new NoAnswer(json?.error?.message ?? `the node answered ${answer.status}`);
  }
  return { status: answer.status, ok: answer.ok, json };
}

/// What an answer that is no success says of itself.
const trouble_of = ({ status, json }) => json?.error?.message ? `${json.error.message} (${status})` : `The node answered ${status}.`;

function hear() {
  contact.heard_at = Date.now();
  contact.failures = 0;
  if (contact.state !== 'live') contact.state = document.hidden ? 'paused' : 'live';
  show_contact();
}

function lose(why) {
  if (contact.state !== 'lost') contact.failures = 0;
  contact.state = 'lost';
  contact.why = why;
  const ceiling = Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** Math.min(contact.failures++, 6));
  contact.retry_at = Date.now() + ceiling * (0.5 + Math.random() / 2);
  show_contact();
}

// -- the key ----------------------------------------------------------------------------------------------------------

function lock(status, message) {
  contact.state = 'locked';
  const had_key = contact.key !== '';
  const what = status === 403 ? `The node refuses this: ${message ?? 'it has no right to it'}. Use a key whose line in api-keys-file has the right admin.`
    : had_key ? `The node does not know this key: ${message ?? ''}. Use one from its api-keys-file, with the right admin.`
      : 'This node answers operators only with a key: enter one from its api-keys-file, with the right admin.';
  const was_hidden = $('lock').hidden;
  $('lock').hidden = false;
  say($('lock-why'), what);
  $('key').setAttribute('aria-invalid', String(had_key));
  if (was_hidden) $('key').focus();
  show_contact();
}

function use_key(event) {
  event.preventDefault();
  contact.key = $('key').value.trim();
  if (/[^\x21-\x7e]/.test(contact.key)) return say($('lock-why'), 'A key has no spaces, and only characters of ASCII.');
  if ($('keep-key').checked) sessionStorage.setItem(KEY_PLACE, contact.key);
  $('key').value = '';
  $('lock').hidden = true;
  contact.state = 'opening';
  for (const poll of polls) poll.due = 0;
  tick();
}

function forget_key() {
  sessionStorage.removeItem(KEY_PLACE);
  contact.key = '';
  lock(401);
}

// -- what is asked again and again ------------------------------------------------------------------------------------

/// Asks at once and then `ms()` after each answer, while the page is seen and the node answers. The first one asks whether it is back.
function poll(ms, what) {
  polls.push({ ms, what, due: 0, runs: false });
}

function tick() {
  show_contact();
  if (document.hidden || contact.state === 'locked') return;
  const now = Date.now();
  if (contact.state === 'lost') return now >= contact.retry_at ? run(polls[0]) : undefined;
  for (const one of polls) if (now >= one.due) run(one);
}

async function run(one) {
  if (one.runs) return;
  one.runs = true;
  try {
    await one.what();
  } catch (error) {
    if (!(error instanceof NoAnswer)) console.error(error);
  }
  one.runs = false;
  one.due = Date.now() + one.ms();
}

function at_once() {
  contact.retry_at = 0;
  for (const one of polls) one.due = 0;
  tick();
}

function on_visibility() {
  if (document.hidden && contact.state === 'live') contact.state = 'paused';
  if (!document.hidden) {
    if (contact.state === 'paused') contact.state = 'opening';
    at_once();
  }
  show_contact();
}

// -- how it is shown --------------------------------------------------------------------------------------------------

const contact_words = { opening: 'asking', live: 'live', lost: 'lost contact', paused: 'paused', locked: 'needs a key' };

function show_contact() {
  const { state } = contact;
  $('contact').dataset.state = state;
  say($('contact'), contact_words[state]);
  say($('contact-about'), contact_about());
  $('try-now').hidden = state !== 'lost';
  $('forget-key').hidden = !contact.key || state === 'locked';
  show_age(state !== 'live');
}

function contact_about() {
  if (contact.state === 'paused') return 'not asked while the tab is hidden';
  if (contact.state !== 'lost') return '';
  const wait = Math.max(0, Math.round((contact.retry_at - Date.now()) / 1000));
  const since = contact.heard_at ? `since ${clock(contact.heard_at)}: ` : '';
  return `${since}the node ${contact.why}. Next try ${wait > 0 ? `in ${wait} s` : 'now'}.`;
}

/// Old figures must not be taken for live ones.
function show_age(is_old) {
  const page = document.documentElement;
  if (!is_old || !contact.heard_at) return void delete page.dataset.stale;
  page.dataset.stale = '';
  for (const part of document.querySelectorAll('.live')) part.dataset.asOf = `Not live: as of ${clock(contact.heard_at)}.`;
}
