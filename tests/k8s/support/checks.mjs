// Every check of the manifests, by name: objects in, sentences out, none when all is well.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain_broken_links } from './links.mjs';
import { explain_broken_rules } from './policy.mjs';
import { explain_bad_objects } from './schema.mjs';
import { explain_bad_settings } from './settings.mjs';
import { explain_wrong_sums } from './sums.mjs';

/// A certificate for a day, as `outside` needs one.
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'herald-certificate-'));
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=internal',
      '-keyout', 'tls.key', '-out', 'tls.crt'], { cwd: folder, stdio: 'ignore' });
    return Object.fromEntries(['tls.crt', 'tls.key'].map((name) => [name, readFileSync(join(folder, name))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const internal = certificate();

/// The Secrets that k8s/README.md has an operator make, as they would be: prod and large have none of their own.
export const outside = {
  'notification-service-secrets': { 'api-keys': `orders publish ${'k'.repeat(40)}\n`, 'redis-password': 'a password\n', 'redis-ca.crt': internal['tls.crt'] },
  'notification-service-internal-tls': internal,
};

export const checks = {
  schema: explain_bad_objects,
  policy: explain_broken_rules,
  links: (objects) => explain_broken_links(objects, outside),
  settings: (objects) => explain_bad_settings(objects, outside),
  sums: explain_wrong_sums,
};
