// -- charts: the last five minutes, drawn here ------------------------------------------------------------------------

const CHART_SPAN_MS = 300_000;
const CHART_GAP_MS = 6000;         // nothing is drawn where there was no contact for longer
const CHART_HEIGHT = 144;
const room = { left: 52, right: 8, top: 8, bottom: 20 };

/// The least of 1, 2, 5, 10, 20, … that is no less.
function nice(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => value <= step * power * 1.0001) * power;
}

class Chart {
  /// `series`: [{name, of}], where `of` reads a value from what `add` was given; up to two.
  constructor(title, format, series) {
    Object.assign(this, { title, format, series, samples: [], chosen: null });
    this.caption = make('figcaption', {});
    this.svg = draw('svg', { role: 'img', height: CHART_HEIGHT });
    this.at = make('div', { class: 'at', 'aria-live': 'polite' });
    this.table = make('table', {});
    this.details = make('details', { ontoggle: () => this.show_table() }, make('summary', {}, 'as a table'),
      make('div', { class: 'wide', tabindex: 0, role: 'group', 'aria-label': `${title}, as a table` }, this.table));
    this.figure = make('figure', { tabindex: 0, onkeydown: (event) => this.on_key(event) }, this.caption, this.svg, this.at, this.details);
    this.svg.addEventListener('pointermove', (event) => this.on_pointer(event));
    this.svg.addEventListener('pointerleave', () => this.choose(null));
    new ResizeObserver(() => this.show()).observe(this.svg);
  }

  /// `values`: one a series; null where there is none.
  add(values) {
    const now = Date.now();
    this.samples.push({ at: now, values });
    while (this.samples.length && this.samples[0].at < now - CHART_SPAN_MS) {
      this.samples.shift();
      if (this.chosen !== null) this.chosen = this.chosen > 0 ? this.chosen - 1 : null;
    }
    this.show();
    if (this.details.open) this.show_table();
  }

  is_known() { return this.samples.some(({ values }) => values.some((value) => value !== null)); }

  // -- choosing a moment, by hand or by key ---

  on_key(event) {
    if (event.target !== this.figure) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === 'Escape') return this.choose(null);
    if (step === undefined || !this.samples.length) return;
    event.preventDefault();
    const last = this.samples.length - 1;
    this.choose(Math.min(last, Math.max(0, (this.chosen ?? last) + step)));
  }

  on_pointer(event) {
    if (!this.samples.length) return;
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    const distance = ({ at }) => Math.abs(this.x(at) - x);
    this.choose(this.samples.reduce((best, one, i) => distance(one) < distance(this.samples[best]) ? i : best, 0));
  }

  choose(which) {
    this.chosen = which;
    const one = which === null ? null : this.samples[which];
    say(this.at, one ? `${clock(one.at)}: ${this.words(one.values)}` : '');
    this.show();
  }

  words(values) {
    return this.series.map(({ name }, i) => `${name ? `${name} ` : ''}${values[i] === null ? 'unknown' : this.format(values[i])}`).join(', ');
  }

  // -- drawing ---

  x(at) { return this.width - room.right - (this.until - at) / CHART_SPAN_MS * (this.width - room.left - room.right); }
  y(value) { return CHART_HEIGHT - room.bottom - value / this.most * (CHART_HEIGHT - room.top - room.bottom); }

  show() {
    const known = this.samples.flatMap(({ values }) => values).filter((value) => value !== null);
    this.width = Math.max(200, this.svg.clientWidth);
    this.until = this.samples.at(-1)?.at ?? Date.now();
    this.most = nice(Math.max(0, ...known));
    this.svg.setAttribute('viewBox', `0 0 ${this.width} ${CHART_HEIGHT}`);
    this.svg.replaceChildren(...this.axes(), ...this.series.flatMap((_, i) => this.line(i)), ...this.marker());
    this.show_caption(known);
  }

  show_caption(known) {
    const now = this.samples.at(-1)?.values;
    const parts = this.series.map(({ name }, i) => [make('span', { class: 'value' }, now && now[i] !== null ? this.format(now[i]) : '–'),
      name ? make('span', { class: 'soft' }, name) : null]).flat();
    this.caption.replaceChildren(make('span', {}, this.title), ...parts.filter(Boolean), known.length ? '' : make('span', { class: 'soft' }, 'nothing yet'));
    this.svg.setAttribute('aria-label', known.length ? `${this.title}, last five minutes: now ${this.words(now)}; least ${this.format(Math.min(...known))}, most ${this.format(Math.max(...known))}.`
      : `${this.title}: nothing yet.`);
  }

  axes() {
    const result = [];
    const is_plain = this.format(this.most / 2) !== this.format(this.most);   // of whole numbers there may be none in the middle
    for (const part of is_plain ? [0, 0.5, 1] : [0, 1]) {
      const y = this.y(this.most * part);
      result.push(draw('line', { class: 'grid', x1: room.left, x2: this.width - room.right, y1: y, y2: y }),
        draw('text', { x: room.left - 6, y: y + 4, 'text-anchor': 'end' }, this.format(this.most * part)));
    }
    const apart = this.width < 360 ? 120_000 : 60_000;
    const first = Math.ceil((this.until - CHART_SPAN_MS) / apart) * apart;
    for (let at = first; at <= this.until; at += apart) {
      const x = this.x(at);
      if (x < room.left + 12 || x > this.width - 18) continue;
      result.push(draw('line', { class: 'grid', x1: x, x2: x, y1: CHART_HEIGHT - room.bottom, y2: CHART_HEIGHT - room.bottom + 4 }),
        draw('text', { x, y: CHART_HEIGHT - 4, 'text-anchor': 'middle' }, clock(at).slice(0, 5)));
    }
    return result;
  }

  /// One series: a line with a gap where nothing is known.
  line(which) {
    const runs = [[]];
    let last = null;
    for (const { at, values } of this.samples) {
      if (values[which] === null || (last !== null && at - last > CHART_GAP_MS)) runs.push([]);
      if (values[which] !== null) runs.at(-1).push([this.x(at).toFixed(1), this.y(values[which]).toFixed(1)]);
      last = at;
    }
    return runs.filter((run) => run.length > 0).flatMap((run) => this.stroke(run, which));
  }

  stroke(run, which) {
    const path = `M${run.map((point) => point.join(' ')).join('L')}${run.length === 1 ? 'h1' : ''}`;
    const line = draw('path', { class: which ? 'series second' : 'series', d: path });
    if (which) return [line];
    const base = CHART_HEIGHT - room.bottom;
    return [draw('path', { class: 'area', d: `${path}L${run.at(-1)[0]} ${base}L${run[0][0]} ${base}Z` }), line];
  }

  marker() {
    const one = this.chosen === null ? null : this.samples[this.chosen];
    if (!one) return [];
    const x = this.x(one.at);
    return [draw('line', { class: 'marker', x1: x, x2: x, y1: room.top, y2: CHART_HEIGHT - room.bottom })];
  }

  show_table() {
    if (!this.details.open) return;
    const head = make('tr', {}, make('th', { scope: 'col' }, 'Time'), ...this.series.map(({ name }) => make('th', { scope: 'col', class: 'number' }, name || this.title)));
    const rows = this.samples.slice(-60).reverse().map(({ at, values }) => make('tr', {}, make('td', {}, clock(at)),
      ...values.map((value) => make('td', { class: 'number' }, value === null ? '–' : this.format(value)))));
    this.table.replaceChildren(make('thead', {}, head), make('tbody', {}, ...rows));
  }
}
