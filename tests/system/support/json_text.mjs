// The text of one member of a JSON object, as it stands on the wire: for checks of "byte for byte".

/// The raw text of member `name` of the object in `text`, or undefined.
export function member_text(text, name) {
  let at = skip_space(text, 0);
  if (text[at] !== '{') return undefined;
  at = skip_space(text, at + 1);
  while (text[at] === '"') {
    const key_end = value_end(text, at);
    const key = JSON.parse(text.slice(at, key_end));
    const begin = skip_space(text, skip_space(text, key_end) + 1);
    const end = value_end(text, begin);
    if (key === name) return text.slice(begin, end);
    at = skip_space(text, end);
    if (text[at] === ',') at = skip_space(text, at + 1);
  }
  return undefined;
}

const skip_space = (text, at) => {
  while (at < text.length && ' \t\r\n'.includes(text[at])) ++at;
  return at;
};

/// Where the value that begins at `at` ends (the text is known to be valid JSON).
function value_end(text, at) {
  if (text[at] === '"') return string_end(text, at);
  if (text[at] !== '{' && text[at] !== '[') {
    while (at < text.length && !' \t\r\n,}]'.includes(text[at])) ++at;
    return at;
  }
  for (let depth = 0; at < text.length;) {
    const c = text[at];
    if (c === '"') { at = string_end(text, at); continue; }
    ++at;
    if (c === '{' || c === '[') ++depth;
    if ((c === '}' || c === ']') && --depth === 0) break;
  }
  return at;
}

function string_end(text, at) {
  for (++at; text[at] !== '"'; ++at) {
    if (text[at] === '\\') ++at;
  }
  return at + 1;
}
