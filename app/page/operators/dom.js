// -- elements ---------------------------------------------------------------------------------------------------------

const $ = (id) => document.getElementById(id);

/// An element. Whatever comes from a node becomes text here, never HTML: ids of users are theirs to choose.
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

function draw(tag, properties = {}, text) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/// Sets a text where it has changed: what is selected or read aloud is left alone else.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function note(id, text, kind = 'warn') {
  const element = $(id);
  if (element.className !== `note ${kind}`) element.className = `note ${kind}`;
  say(element, text);
}

const blame = (kind, word = kind) => make('span', { class: `blame ${kind}` }, word);

const facts = (...pairs) => make('dl', {}, ...pairs.filter((pair) => pair && pair[1] !== undefined && pair[1] !== null)
  .flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value instanceof Node ? value : String(value))]));

/// Asks before something is done that can't be taken back. True for yes.
function confirmed(title, text, yes) {
  const dialog = $('confirm');
  say($('confirm-title'), title);
  $('confirm-text').replaceChildren(...text);
  say($('confirm-yes'), yes);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener('close', () => done(dialog.returnValue === 'yes'), { once: true }));
}

// -- words ------------------------------------------------------------------------------------------------------------

const is_number = (value) => typeof value === 'number' && Number.isFinite(value);
const count = (value) => is_number(value) ? Math.round(value).toLocaleString('en') : '–';
const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

function bytes(value) {
  if (!is_number(value)) return '–';
  if (value < 1024) return `${value} B`;
  let rest = value / 1024;
  const units = ['KiB', 'MiB', 'GiB'];
  while (rest >= 1000 && units.length > 1) {
    rest /= 1024;
    units.shift();
  }
  return `${rest.toFixed(rest < 10 ? 2 : rest < 100 ? 1 : 0)} ${units[0]}`;
}

/// A length of time, with about three digits.
function lasting(ms) {
  if (!is_number(ms)) return '–';
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1000) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toPrecision(3))} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.floor(ms / 1000) % 60} s`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ${Math.floor(ms / 60_000) % 60} min`;
  return `${Math.floor(ms / 86_400_000)} d ${Math.floor(ms / 3_600_000) % 24} h`;
}

const clock_format = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const clock = (time) => clock_format.format(new Date(time));
/// With the date, where it is not today's.
function when(time) {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return '–';
  return at.toDateString() === new Date().toDateString() ? clock(at) : `${at.toLocaleDateString('en-GB')} ${clock(at)}`;
}

/// JSON whose members this page does not know by name, for people: names without underscores, lists as tables. `name`: the member's, which
/// ends with its unit.
function shown(value, name = '') {
  if (Array.isArray(value)) return shown_list(value);
  if (value !== null && typeof value === 'object')
    return facts(...Object.entries(value).map(([member, what]) => [member.replaceAll('_', ' '), shown(what, member)]));
  if (is_number(value) && name.endsWith('_bytes')) return document.createTextNode(bytes(value));
  if (is_number(value) && name.endsWith('_ms')) return document.createTextNode(lasting(value));
  if (is_number(value)) return document.createTextNode(Number.isInteger(value) ? count(value) : String(value));
  return document.createTextNode(value === null ? '–' : value === true ? 'yes' : value === false ? 'no' : String(value));
}

function shown_list(list) {
  if (!list.length) return document.createTextNode('none');
  if (!list.every((one) => one !== null && typeof one === 'object' && !Array.isArray(one)))
    return make('ul', {}, ...list.map((one) => make('li', {}, shown(one))));
  const names = [...new Set(list.flatMap(Object.keys))];
  const table = make('table', {}, make('thead', {}, make('tr', {}, ...names.map((name) => make('th', { scope: 'col' }, name.replaceAll('_', ' '))))),
    make('tbody', {}, ...list.map((one) => make('tr', {}, ...names.map((name) => make('td', {}, name in one ? shown(one[name], name) : ''))))));
  return make('div', { class: 'wide', tabindex: 0, role: 'group', 'aria-label': 'a table' }, table);
}
