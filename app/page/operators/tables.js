// -- tables that stay where they are while their figures change -------------------------------------------------------

/// A table whose rows are known by a key: a row that is there already keeps its elements, so that the focus stays where it is.
/// Columns: {name, class, sort, cell}: `cell(row)` is a text, or {text, act} for a button, or {blame, text}. With `sort`, the head
/// is a button; `on_sort` is told which, and in what direction.
class Table {
  constructor(place, label, columns, { on_sort, sort, ascending = false } = {}) {
    Object.assign(this, { columns, on_sort, sort, ascending, rows: new Map() });
    this.heads = columns.map((column) => this.head(column));
    this.body = make('tbody', {});
    place.replaceChildren(make('table', {}, make('caption', { hidden: true }, label), make('thead', {}, make('tr', {}, ...this.heads)), this.body));
    Object.entries({ tabindex: 0, role: 'group', 'aria-label': label }).forEach(([name, value]) => place.setAttribute(name, value));
    this.show_order();
  }

  head(column) {
    const title = column.sort ? make('button', { type: 'button', onclick: () => this.order_by(column) }, column.name) : column.name;
    return make('th', { scope: 'col', class: column.class, title: column.about }, title);
  }

  order_by(column) {
    const again = this.sort === column.sort;
    this.ascending = column.one_way ? false : again ? !this.ascending : column.class !== 'number';
    this.sort = column.sort;
    this.show_order();
    this.on_sort(this.sort, this.ascending);
  }

  show_order() {
    this.columns.forEach((column, i) => {
      if (!column.sort) return;
      this.heads[i].setAttribute('aria-sort', column.sort !== this.sort ? 'none' : this.ascending ? 'ascending' : 'descending');
    });
  }

  /// `rows`: [{key, mark, …}], as they are to be shown; `mark` is a class.
  show(rows) {
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    this.place(rows);
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });   // its row was moved
  }

  place(rows) {
    const seen = new Set();
    let before = null;
    for (const row of rows) {
      const key = seen.has(row.key) ? `${row.key}#${seen.size}` : row.key;
      seen.add(key);
      const line = this.rows.get(key) ?? this.new_line(key);
      this.fill(line, row);
      const place = before ? before.nextSibling : this.body.firstChild;
      if (line.element !== place) this.body.insertBefore(line.element, place);
      before = line.element;
    }
    for (const [key, line] of this.rows) {
      if (seen.has(key)) continue;
      line.element.remove();
      this.rows.delete(key);
    }
  }

  new_line(key) {
    const cells = this.columns.map((column) => make('td', { class: column.class }));
    const line = { element: make('tr', {}, ...cells), cells, shown: [] };
    this.rows.set(key, line);
    return line;
  }

  fill(line, row) {
    if (line.element.className !== (row.mark ?? '')) line.element.className = row.mark ?? '';
    this.columns.forEach((column, i) => {
      const what = column.cell(row);
      const cell = typeof what === 'object' && what !== null ? what : { text: String(what ?? '') };
      const was = line.shown[i];
      line.shown[i] = cell;
      if (was && was.text === cell.text && was.blame === cell.blame && !was.act === !cell.act) return;
      line.cells[i].replaceChildren(this.content(line, i, cell));
    });
  }

  content(line, i, { text, act, blame: kind }) {
    if (kind) return blame(kind, text);
    if (!act) return document.createTextNode(text);
    return make('button', { type: 'button', class: 'link', onclick: () => line.shown[i].act() }, text);
  }
}

/// By a column's value, in the browser.
function ordered(rows, value_of, ascending) {
  const compare = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : String(a ?? '').localeCompare(String(b ?? ''), 'en', { numeric: true });
  return [...rows].sort((a, b) => compare(value_of(a), value_of(b)) * (ascending ? 1 : -1));
}
