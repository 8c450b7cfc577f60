// What the objects say of each other: a name that nothing has is accepted by a server, and then nothing happens.

import { title } from './render.mjs';

const includes = (labels = {}, wanted = {}) => Object.entries(wanted).every(([key, value]) => labels[key] === value);

/// The pods that the objects will make.
const pods = (objects) => objects.filter(({ kind }) => kind === 'Deployment')
  .map(({ metadata, spec }) => ({ owner: metadata.name, labels: spec.template.metadata.labels, ...spec.template.spec }));

const selected = (objects, selector) => pods(objects).filter(({ labels }) => includes(labels, selector.matchLabels ?? selector));
const port_names = (pod) => pod.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));

/// A selector that picks no pod, and named ports that the pods it picks do not have.
function explain_selector(objects, selector, ports) {
  const found = selected(objects, selector);
  if (found.length === 0) return [`selects no pod: ${JSON.stringify(selector)}`];
  const unknown = ports.filter((port) => typeof port === 'string' && !found.every((pod) => port_names(pod).includes(port)));
  return unknown.map((port) => `no such port in the pods it selects: ${port}`);
}

const ports_of = (rules = []) => rules.flatMap(({ ports = [] }) => ports.map(({ port }) => port));

function explain_policy(objects, { podSelector, ingress, egress = [] }) {
  const to_pods = egress.flatMap(({ to = [], ports = [] }) => to.filter((one) => one.podSelector && !one.namespaceSelector)
    .flatMap((one) => explain_selector(objects, one.podSelector, ports.map(({ port }) => port))));
  const from_pods = (ingress ?? []).flatMap(({ from = [] }) => from.filter((one) => one.podSelector && !one.namespaceSelector)
    .flatMap((one) => explain_selector(objects, one.podSelector, [])));
  return [...explain_selector(objects, podSelector, ports_of(ingress)), ...to_pods, ...from_pods];
}

function explain_scaler(objects, { scaleTargetRef: { kind, name } }) {
  const target = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!target) return [`there is no ${kind} ${name}`];
  return target.spec.replicas === undefined ? [] : [`${kind} ${name} has replicas: each apply would undo what the HPA has done`];
}

function explain_route(objects, { parentRefs, rules }) {
  const found = [];
  for (const { name, sectionName } of parentRefs) {
    const gateway = objects.find((object) => object.kind === 'Gateway' && object.metadata.name === name);
    if (!gateway?.spec.listeners.some((listener) => listener.name === sectionName)) found.push(`there is no Gateway ${name} with ${sectionName}`);
  }
  for (const { name, port } of rules.flatMap(({ backendRefs }) => backendRefs)) {
    const service = objects.find((object) => object.kind === 'Service' && object.metadata.name === name);
    if (!service?.spec.ports.some((one) => one.port === port)) found.push(`there is no Service ${name} with port ${port}`);
  }
  return found;
}

function explain_container({ name, ports = [], volumeMounts = [], ...container }, volumes) {
  const probes = ['livenessProbe', 'readinessProbe'];
  const missing = probes.filter((probe) => !container[probe]).map((probe) => `${name} has no ${probe}`);
  const checks = [...probes, 'startupProbe'].map((probe) => container[probe]).filter(Boolean);
  const unknown = checks.map(({ httpGet, tcpSocket }) => (httpGet ?? tcpSocket).port)
    .filter((port) => !ports.some((one) => [one.name, one.containerPort].includes(port))).map((port) => `${name} has no port ${port} to be probed`);
  const unmounted = volumeMounts.filter((mount) => !volumes.some((volume) => volume.name === mount.name))
    .map((mount) => `${name} mounts ${mount.name}, which is no volume`);
  return [...missing, ...unknown, ...unmounted];
}

function explain_workload(objects, { spec }, outside) {
  const { containers, volumes = [], serviceAccountName } = spec.template.spec;
  const has = (kind, name) => objects.some((object) => object.kind === kind && object.metadata.name === name)
    || (kind === 'Secret' && name in outside);
  const wanted = [
    ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => ['ConfigMap', configMapRef?.name])),
    ...volumes.filter(({ secret }) => secret).map(({ secret }) => ['Secret', secret.secretName]),
    ...serviceAccountName ? [['ServiceAccount', serviceAccountName]] : [],
  ];
  const unlabelled = includes(spec.template.metadata.labels, spec.selector.matchLabels) ? [] : ['its selector does not select its own pods'];
  return [...unlabelled, ...wanted.filter(([kind, name]) => !has(kind, name)).map(([kind, name]) => `there is no ${kind} ${name}`),
    ...containers.flatMap((container) => explain_container(container, volumes))];
}

/// Names, selectors and ports that lead nowhere. `outside`: Secrets that are made by hand.
export function explain_broken_links(objects, outside) {
  const by_kind = {
    Service: ({ spec }) => explain_selector(objects, spec.selector, spec.ports.map(({ targetPort }) => targetPort)),
    PodDisruptionBudget: ({ spec }) => explain_selector(objects, spec.selector, []),
    NetworkPolicy: ({ spec }) => explain_policy(objects, spec),
    HorizontalPodAutoscaler: ({ spec }) => explain_scaler(objects, spec),
    HTTPRoute: ({ spec }) => explain_route(objects, spec),
    Deployment: (object) => explain_workload(objects, object, outside),
  };
  const unguarded = pods(objects).filter(({ labels }) => !objects.some(({ kind, spec }) => kind === 'NetworkPolicy'
    && includes(labels, spec.podSelector.matchLabels) && ['Ingress', 'Egress'].every((type) => spec.policyTypes.includes(type))));
  return [...objects.flatMap((object) => (by_kind[object.kind]?.(object) ?? []).map((what) => `${title(object)}: ${what}`)),
    ...unguarded.map(({ owner }) => `Deployment ${owner}: no NetworkPolicy denies its pods what is not listed`)];
}
