// What a node says beforehand of its drain, and what came of it.

import { watch_rate } from './watch.mjs';

/// Asks the pod for a dry run.
export async function foretell(pod, deployment) {
  const { status, json, text } = await pod.node.get('/admin/drain?dry_run=1', { method: 'POST' });
  if (status !== 200) throw new Error(`${pod.name}: the dry run answered ${status}: ${text}`);
  return { pod: pod.name, foretold: json, others: deployment.pods.filter((each) => each !== pod).map((each) => each.name) };
}

/// Compares it with the samples. A row for each drain, with its other nodes in `nodes`.
export function compare_drain({ pod, foretold, began, took }, samples) {
  const during = samples.filter(({ at }) => at >= began - 300 && at <= began + took + 1200);
  const own = during.filter(({ pods }) => pod in pods);
  const first_left = own.find(({ pods }) => pods[pod] < foretold.sessions * 0.98) ?? own.at(-1);
  const all_left = own.find(({ pods }) => pods[pod] === 0) ?? own.at(-1);
  const window_ms = Math.max(1, all_left.at - first_left.at);
  const after = during.at(-1).pods;
  return { pod, sessions: foretold.sessions, allowed: foretold.allowed, window_ms: { foretold: foretold.window_ms, measured: window_ms },
    reconnects_per_second: { foretold: foretold.reconnects_per_second, measured: watch_rate(foretold.sessions, window_ms) },
    nodes: foretold.nodes.map((node) => ({ name: node.name, now: node.connections_now, after: { foretold: node.connections_after, measured: after[node.name] ?? 0 },
      per_second: { foretold: node.reconnects_per_second, measured: watch_rate((after[node.name] ?? 0) - node.connections_now, window_ms) } })) };
}
