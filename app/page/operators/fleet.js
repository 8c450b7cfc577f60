// -- the fleet --------------------------------------------------------------------------------------------------------

const fleet = { nodes: [], hears: true, sort: 'name', ascending: true };
let fleet_table;
const charts = {};

const node_key = (node) => node.instance ?? node.name;
const connections_of = (node) => node.max_connections ? `${count(node.connections)} of ${count(node.max_connections)}` : count(node.connections);

/// How a node is, in a word and a colour.
function state_of(node) {
  if (node.state !== 'live') return { blame: node.state === 'gone' ? 'none' : 'silent', text: node.state };
  if (node.draining) return { blame: 'draining', text: 'draining' };
  return node.ready ? { blame: 'good', text: 'ready' } : { blame: 'bad', text: `not ready: ${node.not_ready_because ?? ''}` };
}

function backplane_of({ backplane: of }) {
  if (!of) return '–';
  if (is_number(of.away_ms) && of.away_ms > 0) return `away for ${lasting(of.away_ms)}`;
  if (!of.publishing || !of.subscribed) return of.publishing ? 'not subscribed' : 'not connected';
  if (is_number(of.behind_ms) && of.behind_ms > 0) return `behind for ${lasting(of.behind_ms)}`;
  return of.healing ? `heals ${plural(of.healing, 'channel')}` : 'connected';
}

const memory_of = (node) => node.memory_limit_bytes
  ? `${bytes(node.memory_bytes)} of ${bytes(node.memory_limit_bytes)} (${Math.round(100 * node.memory_bytes / node.memory_limit_bytes)} %)` : bytes(node.memory_bytes);

const fleet_columns = [
  { name: 'Node', class: 'id', sort: 'name', value: (n) => n.name, cell: (n) => n.this ? `${n.name} (this)` : n.name },
  { name: 'State', sort: 'state', value: (n) => state_of(n).text, cell: state_of },
  { name: 'Connections', class: 'number', sort: 'connections', value: (n) => n.connections, cell: connections_of },
  { name: 'Deliveries/s', class: 'number', sort: 'deliveries', value: (n) => n.deliveries_per_s, cell: (n) => count(n.deliveries_per_s) },
  { name: 'Latency p50 / p99', class: 'number', sort: 'latency', about: 'from acceptance to the client\'s socket, of the last ten seconds', value: (n) => n.latency_ms?.p99 ?? -1,
    cell: (n) => is_number(n.latency_ms?.p99) ? `${lasting(n.latency_ms.p50)} / ${lasting(n.latency_ms.p99)}` : '–' },
  { name: 'CPUs used', class: 'number', sort: 'cpus', value: (n) => n.cpus_used, cell: (n) => is_number(n.cpus_used) ? n.cpus_used.toFixed(2) : '–' },
  { name: 'Memory', class: 'number', sort: 'memory', value: (n) => n.memory_bytes, cell: memory_of },
  { name: 'Redis', sort: 'backplane', value: backplane_of, cell: backplane_of },
  { name: 'Canary', class: 'number', sort: 'canary', about: 'how long a message of the node to itself took, through Redis', value: (n) => n.backplane?.canary_us,
    cell: (n) => n.backplane?.canary_us ? lasting(n.backplane.canary_us / 1000) : '–' },
  { name: 'Heard', class: 'number', sort: 'heard', about: 'how old its figures are', value: (n) => n.heard_ms_ago, cell: (n) => n.this ? 'now' : `${lasting(Math.round(n.heard_ms_ago / 100) * 100)} ago` },
  { name: 'Up for', class: 'number', sort: 'started', value: (n) => -Date.parse(n.started_at), cell: (n) => lasting(Math.max(0, Math.round((Date.now() - Date.parse(n.started_at)) / 1000) * 1000)) },
  { name: 'Version', sort: 'version', value: (n) => n.version, cell: (n) => n.version },
];

function start_fleet() {
  charts.connections = new Chart('Connections', count, [{ name: '' }]);
  charts.deliveries = new Chart('Deliveries a second', count, [{ name: '' }]);
  charts.latency = new Chart('Latency, from acceptance to socket', lasting, [{ name: 'p99' }, { name: 'p50' }]);
  charts.canary = new Chart('Canary: a message to oneself, through Redis', lasting, [{ name: 'slowest node' }]);
  $('charts').append(charts.connections.figure, charts.deliveries.figure, charts.latency.figure, charts.canary.figure);
  const on_sort = (sort, ascending) => { Object.assign(fleet, { sort, ascending }); show_fleet(); };
  fleet_table = new Table($('fleet-table'), 'Nodes', fleet_columns, { on_sort, sort: fleet.sort, ascending: true });
}

async function ask_fleet() {
  const answer = await ask('nodes');
  if (!answer.ok || !Array.isArray(answer.json?.nodes)) {
    fleet_table.show([]);
    return note('fleet-note', trouble_of(answer), 'bad');
  }
  fleet.nodes = answer.json.nodes;
  fleet.hears = answer.json.hears_the_others !== false;
  chart_fleet();
  show_fleet();
  show_drain();
  show_node_choices();
}

/// The most of what the live nodes say; null where none says anything.
function most_of(value_of) {
  const known = fleet.nodes.filter((node) => node.state === 'live').map(value_of).filter(is_number);
  return known.length ? Math.max(...known) : null;
}

function chart_fleet() {
  const live = fleet.nodes.filter((node) => node.state === 'live');
  const sum = (name) => live.reduce((total, node) => total + (node[name] ?? 0), 0);
  charts.connections.add([sum('connections')]);
  charts.deliveries.add([sum('deliveries_per_s')]);
  charts.latency.add([most_of((n) => n.latency_ms?.p99), most_of((n) => n.latency_ms?.p50)]);
  charts.canary.add([most_of((n) => n.backplane?.canary_us ? n.backplane.canary_us / 1000 : null)]);
  // Without Redis there is no canary, and a herald at rest has no latency to show.
  for (const chart of [charts.latency, charts.canary]) chart.figure.hidden = !chart.is_known();
}

function show_fleet() {
  const { nodes } = fleet;
  const self = nodes.find((node) => node.this);
  const by = fleet_columns.find((column) => column.sort === fleet.sort);
  say($('served-by'), self ? `on ${self.name}` : '');
  const live = nodes.filter((node) => node.state === 'live').length;
  say($('fleet-sum'), `${live} of ${plural(nodes.length, 'node')} live`);
  const twice = nodes.filter((node) => node.state === 'live').map((node) => node.name).filter((name, i, all) => all.indexOf(name) !== i);
  note('fleet-note', !fleet.hears ? 'This node has lost its connection to Redis: the others\' silence says nothing. Ask another node.'
    : twice.length ? `Two nodes are called ${twice[0]}: give each a node-name of its own.` : '');
  fleet_table.show(ordered(nodes, by.value, fleet.ascending).map((node) => ({ ...node, key: node_key(node), mark: node.state === 'live' ? '' : 'old' })));
  report('fleet', nodes.flatMap(node_troubles));
}

function node_troubles(node) {
  const common = { key: `node ${node_key(node)}`, what: `node ${node.name}` };
  if (node.state === 'gone') return [];
  if (node.state === 'silent') return [{ ...common, rank: 90, blame: 'stuck', word: 'silent', note: `not heard for ${lasting(Math.round(node.heard_ms_ago / 1000) * 1000)}: it was killed, is cut off, or stands still` }];
  if (node.draining) return [{ ...common, rank: 5, blame: 'draining', word: 'draining', note: `${plural(node.connections, 'connection')} left`, mild: true }];
  if (!node.ready) return [{ ...common, rank: 80, blame: 'bad', word: 'not ready', note: node.not_ready_because ?? '' }];
  return [];
}
