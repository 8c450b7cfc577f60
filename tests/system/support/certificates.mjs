// An authority that signs what a test needs, made by openssl in a folder that goes with the test.

import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './processes.mjs';

export class Authority {
  #serial = 0;

  static async start(s) {
    const it = new Authority();
    it.folder = await mkdtemp(join(tmpdir(), 'herald-tls-'));
    s.at_end(() => rm(it.folder, { recursive: true, force: true }));
    await it.#openssl('req', '-x509', ...new_key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=herald test authority');
    return it;
  }

  file(name) { return join(this.folder, name); }
  get ca_file() { return this.file('ca.pem'); }
  get ca() { return readFileSync(this.ca_file); }

  async #openssl(...args) {
    const { code, output } = await run('openssl', args, { cwd: this.folder });
    if (code !== 0) throw new Error(`openssl ${args.join(' ')}: ${output}`);
  }

  /// A certificate for 127.0.0.1, with its key: {cert, key}, files. `days: -1`: it ended yesterday. `by`: another's files, to sign it.
  async sign(name, { days = 1, by = { cert: 'ca.pem', key: 'ca.key' }, is_authority = false } = {}) {
    const extensions = is_authority ? 'basicConstraints=critical,CA:TRUE' : 'subjectAltName=IP:127.0.0.1,DNS:localhost';
    await writeFile(this.file(`${name}.ext`), extensions);
    await this.#openssl('req', '-new', ...new_key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await this.#openssl('x509', '-req', '-in', `${name}.csr`, '-CA', by.cert, '-CAkey', by.key, '-set_serial', `${++this.#serial}`,
      '-days', `${days}`, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    return { cert: this.file(`${name}.pem`), key: this.file(`${name}.key`) };
  }

  /// One file after the other: a certificate and its chain.
  async chain(name, ...files) {
    await writeFile(this.file(name), Buffer.concat(await Promise.all(files.map((file) => readFile(file)))));
    return this.file(name);
  }

  /// Puts a file in another's place, as a deployment does: at once.
  async replace(file, by) {
    await copyFile(by, `${file}.new`);
    await rename(`${file}.new`, file);
  }
}

const new_key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
