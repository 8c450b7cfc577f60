// What must not go unnoticed: a mistake is planted in a copy of the manifests, and the check that is there for it has to name it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checks } from './support/checks.mjs';
import { render_with } from './support/render.mjs';

const in_file = (file) => (from, to) => ({ file, from, to });
const deployment = in_file('base/deployment.yaml');
const settings = in_file('base/settings.env');
const service = in_file('base/service.yaml');
const scaler = in_file('base/hpa.yaml');
const policy = in_file('base/networkpolicy.yaml');

const planted = {
  schema: [
    ['a field that does not exist', deployment('minReadySeconds:', 'minReadySecond:'), /minReadySecond/],
    ['a field that does not exist, far down', deployment('readOnlyRootFilesystem:', 'readonlyRootFilesystem:'), /readonlyRootFilesystem/],
    ['a field in the wrong place', deployment('      terminationGracePeriodSeconds: 90', '      strategy: 90'), /strategy/],
    ['a number that is text', deployment('periodSeconds: 10', 'periodSeconds: soon'), /periodSeconds/],
    ['a word that is none of those allowed', service('sessionAffinity: None', 'sessionAffinity: Never'), /sessionAffinity|Never/],
    ['a required field that is missing', scaler('  maxReplicas: 10\n', ''), /maxReplicas/, 'prod'],
    ['a kind that does not exist', in_file('base/pdb.yaml')('kind: PodDisruptionBudget', 'kind: PodDisruptionBudgets'), /PodDisruptionBudgets/, 'prod'],
    ['a misspelt field of the Gateway API', in_file('components/gateway/httproute.yaml')('backendRequest:', 'backendRequests:'), /backendRequests/, 'prod'],
  ],
  policy: [
    ['a pod that may run as root', deployment('runAsNonRoot: true', 'runAsNonRoot: false'), /root/i],
    ['a root file system that can be written', deployment('readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'), /read-only root/],
    ['capabilities that are kept', deployment('drop: [ALL]', 'drop: [NET_RAW]'), /apabilities/],
    ['more privileges on the way', deployment('allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true'), /PSS202|escalat/i],
    ['no seccomp profile', deployment('type: RuntimeDefault', 'type: Unconfined'), /[Ss]eccomp/],
    ['a low user id', deployment('runAsUser: 10084', 'runAsUser: 84'), /user ID/],
    ['a token for the API server', deployment('automountServiceAccountToken: false', 'automountServiceAccountToken: true'), /token/i],
    ['a tag that moves', in_file('overlays/prod/kustomization.yaml')('newTag: 0.1.0', 'newTag: latest'), /latest/, 'prod'],
    ['no memory limit', deployment('            limits:\n', '            claims: []\n            x-limits:\n'), /memory to be limited/],
    ['no CPU request', deployment('cpu: 250m', 'ephemeral-storage: 1Mi'), /CPU to be requested/],
    ['a folder of the machine', deployment('          secret:\n            secretName: notification-service-secrets\n            defaultMode: 288  # 0440',
      '          hostPath:\n            path: /etc/herald'), /PSS105|PSS201|[Hh]ost/],
  ],
  links: [
    ['a Service that selects nothing', service('app.kubernetes.io/component: node', 'app.kubernetes.io/component: nodes'), /Service notification-service: selects no pod/],
    ['a port that the pods do not have', service('targetPort: websocket', 'targetPort: websockets'), /websockets/],
    ['a budget for nobody', in_file('base/pdb.yaml')('component: node', 'component: mode'), /PodDisruptionBudget .*selects no pod/, 'prod'],
    ['a policy for nobody', policy('component: node', 'component: nod'), /NetworkPolicy .*selects no pod/],
    ['a policy with a port that does not exist', policy('port: internal', 'port: interal'), /interal/],
    ['a policy that leaves the way out open', policy('policyTypes: [Ingress, Egress]', 'policyTypes: [Ingress]'), /no NetworkPolicy denies/],
    ['a scaler of something else', scaler('kind: Deployment', 'kind: StatefulSet'), /there is no StatefulSet/, 'prod'],
    ['replicas beside a scaler', deployment('  revisionHistoryLimit: 5', '  replicas: 3'), /each apply would undo/, 'prod'],
    ['settings that are not there', deployment('name: notification-service-settings', 'name: notification-service-setings'), /no ConfigMap/],
    ['a secret that nobody makes', deployment('secretName: notification-service-secrets', 'secretName: notification-service-secret'), /no Secret/, 'prod'],
    ['a mount of no volume', deployment('            - name: secrets', '            - name: secret'), /no volume/],
    ['an account that is not there', deployment('serviceAccountName: notification-service', 'serviceAccountName: notification'), /no ServiceAccount/],
    ['a probe of no port', deployment('port: internal', 'port: admin'), /no port admin/],
    ['no readiness probe', deployment('readinessProbe:', 'x-readinessProbe:'), /no readinessProbe/],
    ['a route to a Service that is not there', in_file('components/gateway/httproute.yaml')('port: 8084', 'port: 8085'), /port 8085/, 'prod'],
    ['a way to Redis that is not there', in_file('overlays/dev/networkpolicy-redis.yaml')('port: redis', 'port: reddis'), /reddis/],
  ],
  settings: [
    ['a misspelt setting', settings('HERALD_DRAIN_WINDOW', 'HERALD_DRAIN_WINDOWS'), /HERALD_DRAIN_WINDOWS/],
    ['a value out of range', settings('HERALD_SHARDS=2', 'HERALD_SHARDS=200'), /shards/],
    ['a unit that does not exist', settings('=40s', '=40sec'), /drain-window/],
    ['nobody asked who they are', settings('HERALD_AUTH=jwt', 'HERALD_AUTH=none'), /auth/],
    ['a file that is not mounted', settings('herald/api-keys', 'herald/api-key'), /api-keys-file/],
    ['a URL that is none', in_file('overlays/dev/settings.env')('redis://', 'reddis://'), /redis/],
    ['a mode that the Redis does not have', in_file('overlays/large/settings.env')('rediss+cluster://herald@redis-1.example.com:6380,redis-2.example.com:6380,'
      + 'redis-3.example.com:6380', 'rediss://herald@redis.example.com'), /redis-mode/, 'large'],
    ['a password that is not there', in_file('overlays/prod/settings.env')('herald/redis-password', 'herald/redis-pasword'), /redis-password-file/, 'prod'],
    ['a key that is not its certificate\'s', in_file('overlays/prod/settings.env')('internal-tls/tls.key', 'internal-tls/tls.crt'), /admin-tls-key/, 'prod'],
  ],
  sums: [
    ['too little time to drain', settings('HERALD_DRAIN_WINDOW=40s', 'HERALD_DRAIN_WINDOW=80s'), /terminationGracePeriodSeconds/],
    ['another port than the container says', settings('0.0.0.0:8084', '0.0.0.0:8085'), /HERALD_LISTEN/],
    ['probes in the clear of a port that speaks TLS', in_file('overlays/prod/internal-tls.yaml')('scheme: HTTPS', 'scheme: HTTP'), /HERALD_ADMIN_TLS_CERT/, 'prod'],
    ['all of a machine\'s CPUs for a part of one', settings('HERALD_SHARDS=2\n', '\n'), /HERALD_SHARDS/],
    ['a scaler that leaves no room to drain', scaler('averageValue: "3000"', 'averageValue: "5000"'), /when one has gone/, 'prod'],
    ['more waiting than there is memory', settings('HERALD_OUTBOX_BUDGET=256MiB', 'HERALD_OUTBOX_BUDGET=2GiB'), /memory limit/],
  ],
};

for (const [what, mistakes] of Object.entries(planted)) {
  for (const [name, change, says, overlay = 'dev'] of mistakes) {
    test(`${what}: ${name}`, async () => {
      const complaints = await checks[what](await render_with(`overlays/${overlay}`, change));
      assert.ok(complaints.some((one) => says.test(one)), `no complaint fits ${says}:\n${complaints.join('\n')}`);
    });
  }
}

for (const [name, change] of [
  ['a misspelt field', in_file('base/kustomization.yaml')('resources:', 'resource:')],
  ['a file that is not there', in_file('base/kustomization.yaml')('- hpa.yaml', '- hps.yaml')],
  ['a patch of nothing', in_file('overlays/large/pdb-large.yaml')('name: notification-service', 'name: notification-servise')],
]) {
  test(`kustomize: ${name}`, () => assert.rejects(render_with('overlays/large', change)));
}
