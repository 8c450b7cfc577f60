// Pod security (the standard's `restricted`) and common practices, by monokle's rules; none of them asks the network.

import { DefaultPluginLoader, DisabledFixer, MonokleValidator, ResourceParser, SchemaLoader } from '@monokle/validation';
import yaml from 'js-yaml';
import { title } from './render.mjs';

const rules = {
  'pod-security-standards': ['host-process', 'host-namespaces', 'privileged-containers', 'capabilities', 'host-path-volumes', 'host-ports',
    'app-armor', 'selinux', 'proc-mount', 'seccomp', 'sysctls', 'volume-types', 'privilege-escalation', 'running-as-non-root',
    'running-as-non-root-user', 'seccomp-strict', 'capabilities-strict'],
  practices: ['no-latest-image', 'image-tagged', 'no-writable-fs', 'drop-capabilities', 'no-sys-admin', 'no-mounted-docker-sock', 'cpu-request',
    'memory-request', 'memory-limit', 'no-low-user-id', 'no-low-group-id', 'no-root-group', 'no-automount-service-account-token', 'no-ssh-exposed',
    'no-secret-env', 'no-secret-mounted-as-env', 'privileged-ports', 'no-exposed-service', 'mount-propagation', 'no-pod-create', 'no-pod-execute'],
};
/// Rules that are against a decision of ours.
const left_out = ['practices/cpu-limit'];   // requests without a limit: k8s/base/deployment.yaml says why

let validator;

async function make_validator() {
  const result = new MonokleValidator({ loader: new DefaultPluginLoader(), parser: new ResourceParser(), schemaLoader: new SchemaLoader(),
    suppressors: [], fixer: new DisabledFixer() });
  const asked = Object.entries(rules).flatMap(([plugin, names]) => names.map((name) => `${plugin}/${name}`));
  await result.preload({
    plugins: Object.fromEntries(Object.keys(rules).map((plugin) => [plugin, true])),
    rules: Object.fromEntries([...asked.map((name) => [name, 'err']), ...left_out.map((name) => [name, false])]),
  });
  const known = result.rules ?? {};
  for (const [plugin, names] of Object.entries(rules)) {
    const there = (known[plugin] ?? []).map((rule) => rule.name);
    for (const name of names) if (!there.includes(name)) throw new Error(`${plugin} has no rule ${name}, but ${there.join(', ')}`);
  }
  return result;
}

/// Each rule that is broken, a sentence an object.
export async function explain_broken_rules(objects) {
  validator ??= await make_validator();
  const resources = objects.map((content, n) => ({ id: String(n), fileId: String(n), filePath: String(n), fileOffset: 0, content, text: yaml.dump(content),
    name: content.metadata.name, namespace: content.metadata.namespace, apiVersion: content.apiVersion, kind: content.kind }));
  const { runs } = await validator.validate({ resources });
  return runs.flatMap((one) => one.results).map(({ ruleId, message, locations }) =>
    `${title(objects[Number(locations[0].physicalLocation.artifactLocation.uri)])}: ${ruleId}: ${message.text}`);
}
