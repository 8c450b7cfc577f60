// What a node says beforehand of its drain, and what came of it.

import { watch_rate } from './watch.mjs';

const on_their_way = 1500;   // after a pod's end, until the last ones are elsewhere

/// Asks the pod for a dry run.
export async function foretell(pod) {
  const { status, json, text } = await pod.node.get('/admin/drain?dry_run=1', { method: 'POST' });
  if (status !== 200) throw new Error(`${pod.name}: the dry run answered ${status}: ${text}`);
  return { pod: pod.name, foretold: json };
}

/// Compares it with the samples: {pod, sessions, …}, each figure as it was foretold and as it was. `began`: when it got SIGTERM; `took`: until its end.
export function compare_drain({ pod, foretold, began, took }, samples, least_first = false) {
  const before = samples.findLast(({ at }) => at <= began) ?? samples[0];
  const own = samples.filter(({ at, pods }) => at > began && at <= began + took && pod in pods);
  const full = own.findLast(({ pods }) => pods[pod] >= foretold.sessions) ?? before;
  const empty = own.find(({ pods }) => pods[pod] === 0) ?? { at: began + took };
  const after = (samples.findLast(({ at }) => at <= empty.at + on_their_way) ?? samples.at(-1)).pods;
  const window_ms = empty.at - full.at;
  const per_second = (count) => watch_rate(count, window_ms);
  return { pod, sessions: foretold.sessions, reasons: foretold.reasons, window_ms: { foretold: foretold.window_ms, measured: foretold.sessions ? window_ms : 0 },
    reconnects_per_second: { foretold: foretold.reconnects_per_second, measured: per_second(foretold.sessions) },
    nodes: foretold.nodes.map(({ name, connections_now, reconnects_per_second, ...after_all }) => ({ name,
      after: { foretold: least_first ? after_all.connections_after_least_first : after_all.connections_after, measured: after[name] ?? 0 },
      per_second: { foretold: reconnects_per_second, measured: per_second(Math.max(0, (after[name] ?? 0) - connections_now)) } })) };
}
