// herald-load --chaos while it runs: told when something breaks and when it is over, asked at the end what became of each message.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { herald_load_bin, patience } from './binaries.mjs';
import { start } from './processes.mjs';
import { until, within } from './wait.mjs';

export class ChaosTool {
  /// Starts it and waits until all clients are connected and publishing runs. `wrapper`: a command to start it with.
  static async start({ doors, publish, size, settle_s = 40, args = [], progress, wrapper = [], duration_s = 300 }) {
    const tool = new ChaosTool();
    tool.folder = await mkdtemp(join(tmpdir(), 'herald-chaos-'));
    tool.file = join(tool.folder, 'result.json');
    tool.settle_ms = settle_s * 1000;
    const [command, ...before] = [...wrapper, herald_load_bin];
    tool.program = start(command, [...before, '--chaos', ...doors.flatMap((door) => ['--node', door]), ...publish.flatMap((url) => ['--publish', url]),
      '--users', `${size.users}`, '--sessions-per-user', `${size.sessions_per_user}`, '--groups', `${size.groups}`, '--groups-per-user', '2',
      '--rate', `${size.rate}`, '--publish-connections', '8', '--duration', `${duration_s}s`, '--settle', `${settle_s * patience}s`, '--json', tool.file, ...args],
    { stdin: 'pipe' });
    tool.program.child.stdin.on('error', () => {}); // it ended: said by `exited`
    if (progress) tool.program.child.stderr.on('data', progress);
    await until(() => tool.#says('running') || tool.program.ended, { within: 40_000, what: 'the load tool is running' });
    if (!tool.#says('running')) throw new Error(`the load tool ended before it ran:\n${tool.program.output.slice(-2000)}`);
    return tool;
  }

  #says(what) { return this.program.stdout.includes(`chaos: ${what}\n`); }

  /// Sends a line, and waits until it was taken.
  async #tell(line) {
    this.program.child.stdin.write(`${line}\n`);
    await until(() => this.#says(line), { what: `the load tool took "${line}"` });
  }

  mark(name) { return this.#tell(`mark ${name}`); }
  calm() { return this.#tell('calm'); }

  /// Ends publishing and waits for the account: {code, text, found}.
  async account() {
    this.program.child.stdin.write('stop\n');
    const { code } = await within(this.settle_ms + 30_000, this.program.exited, 'the load tool\'s account');
    const text = this.program.stdout.replace(/^chaos: .*\n/gm, '');
    return { code, text, found: JSON.parse(await readFile(this.file, 'utf8')) };
  }

  async clear() {
    if (!this.program.ended) {
      this.program.signal('SIGKILL');
      await this.program.exited;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
