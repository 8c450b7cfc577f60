// Every process a test starts is known by its pid and ended at exit, whatever happens.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { within } from './wait.mjs';

const running = new Set();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.on(signal, () => process.exit(code));
}

/// Starts a program and collects what it says. `exited` resolves to {code, signal}, also when it could not start.
/// `stdin: 'pipe'`: it is told things through `child.stdin`.
export function start(command, args, { env = process.env, cwd, stdin = 'ignore' } = {}) {
  const child = spawn(command, args, { env, cwd, stdio: [stdin, 'pipe', 'pipe'] });
  running.add(child);
  const program = { child, pid: child.pid, stdout: '', stderr: '', output: '', ended: null };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8');
    child[stream].on('data', (text) => {
      program[stream] += text;
      program.output += text;
    });
  }
  program.exited = new Promise((done) => {
    const end = (result) => {
      running.delete(child);
      program.ended ??= result;
      done(program.ended);
    };
    child.on('error', (error) => end({ code: null, signal: null, error }));
    child.on('close', (code, signal) => end({ code, signal }));
  });
  program.signal = (name) => child.kill(name);
  return program;
}

/// Runs a program to its end: {code, signal, stdout, stderr, output}.
export async function run(command, args, { timeout = 10_000, ...options } = {}) {
  const program = start(command, args, options);
  try {
    const end = await within(timeout, program.exited, `the end of ${command} ${args.join(' ')}`);
    if (end.error) throw end.error;
    return { ...end, stdout: program.stdout, stderr: program.stderr, output: program.output };
  } finally {
    if (!program.ended) program.signal('SIGKILL');
  }
}

const given = new Set();

// Files of tests run side by side, each in a process of its own: what one has found free, and not opened yet, no other may find.
const ports = 1_500;
const first_port = 20_000 + (process.pid % 8) * ports;

/// A port nobody listens on, below the range that outgoing connections are given, so that it stays free.
export async function free_port() {
  for (let tries = 0; tries < 200; ++tries) {
    const port = first_port + Math.floor(Math.random() * ports);
    if (given.has(port)) continue;
    const free = await new Promise((done) => {
      const server = createServer();
      server.once('error', () => done(false));
      server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
    });
    if (!free) continue;
    given.add(port);
    return port;
  }
  throw new Error('no free port found');
}
