// The clients that must not notice: a process of its own, so that what the attackers cost their own process is not taken for silence of the node.
//
// One publisher sends a numbered broadcast every `every_ms`; each client must get every one of them, once, in order. Every half second a newcomer connects,
// waits for its welcome and leaves. Told what to do by messages from its parent; `begin` opens a window, `end` closes it and answers with what was seen.

import { Agent } from 'node:http';
import { connect } from 'node:net';
import WebSocket from '../system/node_modules/ws/wrapper.mjs';
import { publish } from '../system/support/http.mjs';
import { sleep, until } from '../system/support/wait.mjs';

let house;          // {public_port, admin_port, clients, every_ms, names: [{user, token}], key, proxy_header}
let clients = [];
let accepted = 0;   // broadcasts that were answered with 202; their numbers are 1, 2, 3, …
let faults = [];
let running = true;
let newcomers = 0, slowest_newcomer = 0, slowest_publish = 0;
let visiting_since = 0;   // 0: nobody is on the way in

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const fault = (text) => { if (faults.length < 20) faults.push(text); };

function open_socket(name, options = {}) {
  const headers = name.token ? { authorization: `Bearer ${name.token}` } : {};
  // A balancer in front says whose connection it is before anything else.
  const createConnection = house.proxy_header && ((to) => {
    const socket = connect({ host: to.host, port: to.port });
    socket.write(house.proxy_header);
    return socket;
  });
  return new WebSocket(`ws://127.0.0.1:${house.public_port}/ws?user=${name.user}`, { perMessageDeflate: false, handshakeTimeout: 15_000,
    headers, ...(createConnection ? { createConnection } : {}), ...options });
}

class Bystander {
  last = 0;
  at = 0;
  gap = 0;

  constructor(name) { this.name = name; }

  open() {
    this.socket = open_socket(this.name);
    this.socket.on('message', (bytes) => this.#on_message(JSON.parse(bytes)));
    this.socket.on('error', (error) => fault(`${this.name.user}: ${error.message}`));
    this.socket.on('close', (code, reason) => { if (running) fault(`${this.name.user} was closed: ${code} ${reason}`); });
    return new Promise((done) => { this.welcomed = done; });
  }

  #on_message(message) {
    if (message.type === 'welcome') this.welcomed();
    if (message.type === 'bye' || message.type === 'reset' || message.type === 'error') fault(`${this.name.user} heard ${JSON.stringify(message)}`);
    if (message.type !== 'notification' || typeof message.data?.n !== 'number') return;
    const now = performance.now();
    if (this.at) this.gap = Math.max(this.gap, now - this.at);
    this.at = now;
    const { n } = message.data;
    if (n === this.last + 1) this.last = n;
    else if (n <= this.last) fault(`${this.name.user} got ${n} again or too late, after ${this.last}`);
    else {
      fault(`${this.name.user} got ${n} after ${this.last}: ${n - this.last - 1} missing`);
      this.last = n;
    }
  }
}

async function keep_publishing() {
  for (let due = performance.now(); running; due += house.every_ms) {
    await sleep(Math.max(0, due - performance.now()));
    due = Math.max(due, performance.now() - 1000);   // what could not be sent for longer than that is not made up for
    const begin = performance.now();
    try {
      const { status, text } = await publish(house.admin_port, { to: { broadcast: true }, data: { n: accepted + 1 }, id: `${process.pid}-${accepted + 1}` },
        { agent, headers: house.key ? { authorization: `Bearer ${house.key}` } : {} });
      if (status === 202) ++accepted;
      else fault(`the stream's publisher was answered ${status} ${text}`);
    } catch (error) {
      fault(`the stream's publisher: ${error.message}`);   // and again, with the same id
    }
    slowest_publish = Math.max(slowest_publish, performance.now() - begin);
  }
}

/// One try to come in: true once welcomed.
function visit() {
  return new Promise((done) => {
    const socket = open_socket(house.newcomer);
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
    socket.on('message', (bytes) => {
      if (JSON.parse(bytes).type !== 'welcome') return;
      done(true);
      socket.close(1000);
    });
  });
}

async function keep_visiting() {
  while (running) {
    visiting_since = performance.now();
    let tries = 0;
    while (running && !await visit()) {
      if (++tries === 40) fault('a newcomer did not get in with forty tries');
      await sleep(50);
    }
    slowest_newcomer = Math.max(slowest_newcomer, performance.now() - visiting_since);
    visiting_since = 0;
    ++newcomers;
    await sleep(500);
  }
}

const on = {
  async start(given) {
    house = given;
    clients = house.names.map((name) => new Bystander(name));
    for (const client of clients) await client.open();
    void keep_publishing();
    void keep_visiting();
    await until(() => clients.every((client) => client.last >= 3), { within: 10_000, what: 'the stream reaches all bystanders' });
  },

  begin() {
    for (const client of clients) client.gap = 0;
    [newcomers, slowest_newcomer, slowest_publish, faults] = [0, 0, 0, []];
    return { accepted };
  },

  /// Waits until everybody has what was accepted so far, and says what there was in between.
  async end() {
    const until_now = accepted;
    const open_gap = () => Math.max(...clients.map((client) => Math.max(client.gap, performance.now() - client.at)));
    let gap = open_gap();
    await until(() => { gap = Math.max(gap, open_gap()); return clients.every((client) => client.last >= until_now); },
      { within: 15_000, what: 'all have it' }).catch(() => {
      for (const client of clients) if (client.last < until_now) fault(`${client.name.user} has ${client.last} of ${until_now}`);
    });
    if (visiting_since) slowest_newcomer = Math.max(slowest_newcomer, performance.now() - visiting_since);
    return { accepted: until_now, faults, longest_gap_ms: gap, newcomers, slowest_newcomer_ms: slowest_newcomer, slowest_publish_ms: slowest_publish };
  },

  stop() {
    running = false;
    for (const client of clients) client.socket.terminate();
    agent.destroy();
    setTimeout(() => process.exit(0), 100).unref();
    process.disconnect();
  },
};

process.on('message', async ({ id, what, given }) => {
  try {
    const answer = await on[what](given);
    if (process.connected) process.send({ id, answer });
  } catch (error) {
    process.send({ id, error: error.message });
  }
});
process.on('disconnect', () => process.exit(0));
