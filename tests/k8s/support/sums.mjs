// Numbers in different files that only make sense together.

import { settings_of } from './settings.mjs';

const units = { s: 1, m: 60, h: 3600, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, Mi: 2 ** 20, Gi: 2 ** 30 };

/// `40s`, `256MiB`, `1Gi`: in seconds or bytes.
function amount(text) {
  const [, number, unit] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
  if (number === undefined || (unit && !(unit in units))) throw new Error(`what is ${text}?`);
  return Number(number) * (unit ? units[unit] : 1);
}

const port_of = (address) => Number(address.split(':').at(-1));
const defaults = { HERALD_INGRESS_MAX_BYTES: '32MiB', HERALD_DRAIN_DELAY: '5s' };
/// What a stop takes beside the drain (docs/operations.md), and as much again for a machine that is busy.
const stop_s = 14;
/// What an idle session costs (tests/load/README.md: 8.2 KB), half as much again, and what herald takes without any.
const session_bytes = 12 << 10;
const own_bytes = 64 << 20;
/// An HPA does nothing about a tenth more than its target.
const tolerance = 1.1;

function explain_pod(pod, settings) {
  const [herald] = pod.containers;
  const found = [];
  const stop = herald.lifecycle.preStop.sleep.seconds + amount(settings.HERALD_DRAIN_DELAY) + amount(settings.HERALD_DRAIN_WINDOW) + stop_s;
  if (pod.terminationGracePeriodSeconds < stop)
    found.push(`terminationGracePeriodSeconds ${pod.terminationGracePeriodSeconds} is less than the ${stop} s of preStop, HERALD_DRAIN_DELAY, HERALD_DRAIN_WINDOW and the stop`);
  for (const [name, variable] of [['websocket', 'HERALD_LISTEN'], ['internal', 'HERALD_ADMIN_LISTEN']])
    if (herald.ports.find((port) => port.name === name)?.containerPort !== port_of(settings[variable]))
      found.push(`port ${name} is not that of ${variable}`);
  const scheme = settings.HERALD_ADMIN_TLS_CERT ? 'HTTPS' : undefined;
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    if (herald[probe].httpGet.scheme !== scheme) found.push(`${probe} does not speak as HERALD_ADMIN_TLS_CERT has it: ${scheme ?? 'HTTP'}`);
  if (!herald.resources.limits.cpu && !settings.HERALD_SHARDS) found.push('without a CPU limit HERALD_SHARDS must say how many');
  const memory = settings.HERALD_MAX_CONNECTIONS * session_bytes + own_bytes + amount(settings.HERALD_OUTBOX_BUDGET)
    + amount(settings.HERALD_INGRESS_MAX_BYTES);
  if (memory > amount(herald.resources.limits.memory)) found.push(`a full node may need ${memory >> 20} MiB: more than its memory limit`);
  return found;
}

/// With one pod of the fewest gone, the others must have room for its clients.
function explain_scaler({ minReplicas, metrics }, settings) {
  const target = Number(metrics.find(({ pods }) => pods?.metric.name === 'websocket_connections').pods.target.averageValue);
  const most = target * tolerance * minReplicas / (minReplicas - 1);
  return most <= settings.HERALD_MAX_CONNECTIONS ? [] : [`${target} connections a pod are ${Math.ceil(most)} when one has gone: more than HERALD_MAX_CONNECTIONS`];
}

export function explain_wrong_sums(objects) {
  const settings = { ...defaults, ...settings_of(objects) };
  const of = (kind) => objects.find((object) => object.kind === kind && object.metadata.name === 'notification-service');
  const scaler = of('HorizontalPodAutoscaler');
  return [...explain_pod(of('Deployment').spec.template.spec, settings), ...(scaler ? explain_scaler(scaler.spec, settings) : [])];
}
