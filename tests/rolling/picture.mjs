// What happened over time, as an SVG: connections of each pod, reconnects, and notifications that clients got, with the steps above and what
// happened to pods below.

const width = 1100, left = 64, right = 12;
const panels = [
  { top: 40, height: 210, title: 'connections', draw: connections },
  { top: 290, height: 110, title: 'reconnects/s', draw: bars('reconnects', '#b03a2e') },
  { top: 440, height: 80, title: 'notifications/s', draw: bars('notifications', '#7f8c8d') }];
const height = 560;
const colours = ['#2e6f9e', '#e0a030', '#4c9a5b', '#a0528a', '#6b8fb8', '#c9763c', '#7aa856', '#8d6fb5', '#3c9c9c', '#c7a24a'];
const event_colours = { start: '#2e8b57', SIGTERM: '#c07000', 'kill -9': '#c00000' };

const text = (x, y, what, more = '') => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${what}</text>`;
const line = (x1, y1, x2, y2, stroke, more = '') => `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${stroke}" ${more}/>`;

/// A round number of about a third of the most.
function tick_of(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most / 3)));
  return [1, 2, 5, 10].map((n) => n * power).find((tick) => most / tick <= 4);
}

function axis({ top, height: h, title }, most) {
  const tick = tick_of(most);
  const marks = [];
  for (let value = 0; value <= most; value += tick) {
    const y = top + h - value / most * h;
    marks.push(line(left, y, width - right, y, '#ddd'), text(left - 6, y + 4, value >= 10_000 ? `${value / 1000}k` : value, 'text-anchor="end"'));
  }
  return [text(8, top - 8, title, 'font-weight="bold"'), ...marks].join('\n');
}

/// Not more than can be told apart.
function thinned(samples) {
  const least = (samples.at(-1).at - samples[0].at) / 400;
  let last = -Infinity;
  return samples.filter(({ at }) => (at - last >= least ? (last = at, true) : false));
}

/// Each pod's connections upon those of the pods before it.
function connections(panel, { samples, began }, x_of) {
  const seen = thinned(samples.filter(({ at }) => at >= began));
  const names = [...new Set(seen.flatMap(({ pods }) => Object.keys(pods)))].sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)));
  const most = Math.max(...seen.map(({ pods }) => Object.values(pods).reduce((a, b) => a + b, 0)));
  const y_of = (value) => panel.top + panel.height - value / most * panel.height;
  const floor = seen.map(() => 0);
  const areas = names.map((name, n) => {
    const upper = seen.map(({ pods }, i) => floor[i] + (pods[name] ?? 0));
    const there = seen.map(({ pods }, i) => (pods[name] ? i : -1)).filter((i) => i >= 0);
    const from = Math.max(0, (there[0] ?? 0) - 1), to = Math.min(seen.length - 1, (there.at(-1) ?? 0) + 1);
    const path = [];
    for (let i = from; i <= to; ++i) path.push(`${x_of(seen[i].at).toFixed(1)},${y_of(upper[i]).toFixed(1)}`);
    for (let i = to; i >= from; --i) path.push(`${x_of(seen[i].at).toFixed(1)},${y_of(floor[i]).toFixed(1)}`);
    upper.forEach((value, i) => { floor[i] = value; });
    return `<polygon points="${path.join(' ')}" fill="${colours[n % colours.length]}"><title>${name}</title></polygon>`;
  });
  return [axis(panel, most), ...areas].join('\n');
}

/// A bar a second.
function bars(column, colour) {
  return (panel, { found: { moments }, began }, x_of) => {
    const per_second = Math.round(1000 / moments.length_ms);
    const sums = [];
    moments[column].forEach((value, i) => { sums[Math.floor(i / per_second)] = (sums[Math.floor(i / per_second)] ?? 0) + value; });
    const most = Math.max(1, ...sums);
    const shapes = sums.map((value, second) => {
      const x = x_of(began + second * 1000), h = value / most * panel.height;
      return value === 0 ? '' : `<rect x="${x.toFixed(1)}" y="${(panel.top + panel.height - h).toFixed(1)}" width="${Math.max(1, x_of(began + second * 1000 + 1000) - x - 0.3).toFixed(1)}" height="${h.toFixed(1)}" fill="${colour}"/>`;
    });
    return [axis(panel, most), ...shapes].join('\n');
  };
}

export function picture(played) {
  const { events, began, found } = played;
  const end = began + found.moments.connected.length * found.moments.length_ms;
  const x_of = (at) => left + Math.min(1, Math.max(0, (at - began) / (end - began))) * (width - left - right);
  const bottom = panels.at(-1).top + panels.at(-1).height;
  const steps = events.filter(({ what }) => what === 'step').map(({ at, pod }, n) => line(x_of(at), 20, x_of(at), bottom, '#555', 'stroke-dasharray="3 3"')
    + text(x_of(at) + 3, n % 2 ? 30 : 18, pod));
  const marks = events.filter(({ what, at }) => what in event_colours && at >= began).map(({ at, what, pod }) => (
    `<path d="M ${x_of(at).toFixed(1)} ${panels[0].top + panels[0].height + 3} l 4 9 l -8 0 z" fill="${event_colours[what]}"><title>${what} ${pod}</title></path>`));
  const legend = Object.entries(event_colours).map(([what, colour], n) => `<rect x="${left + n * 110}" y="${height - 22}" width="9" height="9" fill="${colour}"/>${text(left + 14 + n * 110, height - 13, what)}`);
  const seconds = [];
  for (let s = 0; s <= (end - began) / 1000; s += tick_of((end - began) / 3000)) seconds.push(text(x_of(began + s * 1000), bottom + 14, `${s} s`, 'text-anchor="middle"'));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="${width}" height="${height}" fill="#fff"/>
${[...panels.map((panel) => panel.draw(panel, played, x_of)), ...steps, ...marks, ...legend, ...seconds].join('\n')}
</svg>
`;
}
