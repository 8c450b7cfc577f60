// The tables: printed, and as Markdown.

const columns = [
  ['step', (row) => row.step], ['s', (row) => row.seconds], ['accepted', (row) => row.accepted], ['due', (row) => row.due], ['once, in order', (row) => row.once],
  ['reconnects a client', (row) => row.reconnects_per_client], ['most by one', (row) => row.most_by_one], ['reconnects/s at most', (row) => row.busiest_second],
  ['attempts failed', (row) => row.failed_attempts], ['silence p50 ms', (row) => row.silence_p50_ms], ['p99 ms', (row) => row.silence_p99_ms],
  ['longest ms', (row) => row.silence_max_ms], ['connections a pod', (row) => row.spread.join('/')]];

const both = ({ foretold, measured }, digits = 0) => `${foretold.toFixed(digits)} / ${measured.toFixed(digits)}`;
const drain_columns = [
  ['drained', (row) => row.pod], ['sessions', (row) => row.sessions], ['over s', ({ window_ms: w }) => both({ foretold: w.foretold / 1000, measured: w.measured / 1000 }, 1)],
  ['reconnects/s', (row) => both(row.reconnects_per_second)],
  ['other pods: reconnects/s', (row) => row.nodes.map(({ name, per_second }) => `${name} ${both(per_second)}`).join(', ')],
  ['connections afterwards', (row) => row.nodes.map(({ name, after }) => `${name} ${both(after)}`).join(', ')]];

const cells_of = (of, rows) => [of.map(([title]) => title), ...rows.map((row) => of.map(([, cell]) => `${cell(row)}`))];

function as_text(of, rows) {
  const cells = cells_of(of, rows);
  const widths = of.map((_, at) => Math.max(...cells.map((line) => line[at].length)));
  return cells.map((line) => line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  ')).join('\n');
}

function as_markdown(of, rows) {
  const [head, ...body] = cells_of(of, rows).map((line) => `| ${line.join(' | ')} |`);
  return [head, `| ${of.map((_, at) => (at === 0 ? '---' : '--:')).join(' | ')} |`, ...body].join('\n');
}

export const legend = `accepted: durable publishes answered 202. due: deliveries of these, one for each client. once, in order: of these, delivered exactly once and in order.
attempts failed: connects that did not end in a welcome. silence: each client's longest time between two notifications, of which everybody is due ten a second at least.
connections a pod: at the step's end.`;

export const drain_legend = 'Each pair is what the dry run said, and what was measured.';

const head = ({ balancer, load, found: { run, publish, clients } }) => `${balancer}: ${run.sessions} clients, ${publish.accepted} accepted; the longest time without an accepted `
  + `publish ${Math.round(publish.longest_outage_ms)} ms; ${clients.resets} resets; load average ${load.toFixed(1)} at the end`;

export const text_of = (played) => [head(played), '', as_text(columns, played.rows), ...(played.drains.length ? ['', 'dry run / measured', as_text(drain_columns, played.drains)] : []),
  ...played.faults.map((fault) => `FAILED: ${fault}`)].join('\n');

export const markdown_of = (name, played) => [`## ${name}`, '', `${head(played)}.`, '', as_markdown(columns, played.rows), '', legend, '',
  ...(played.drains.length ? ['### The dry run, and what then happened', '', as_markdown(drain_columns, played.drains), '', drain_legend, ''] : []),
  `![${name}](${name}.svg)`, '', ...played.faults.map((fault) => `- FAILED: ${fault}`), ''].join('\n');
