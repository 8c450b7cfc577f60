// A process that holds connections which never become anything. One wave: opens COUNT to PORT from the addresses that belong to WAVE, two thirds of them silent and one third with half
// a request; keeps its own end open whatever the node does; says how many were connected, and ends them when it is told to (its stdin ends).

import { connect } from 'node:net';

const [port, count, wave] = process.argv.slice(2).map(Number);
let [connected, failed, under_way, next] = [0, 0, 0, 0];
const sockets = [];
const errors = {};

function open_one(n) {
  ++under_way;
  const socket = connect({ host: '127.0.0.1', port, localAddress: `127.${50 + wave}.${1 + ((n / 200) | 0)}.${1 + (n % 200)}`, allowHalfOpen: true });
  let counted = false;
  const count_it = (fits) => {
    if (counted) return;
    counted = true;
    --under_way;
    if (fits) ++connected; else ++failed;
    go_on();
  };
  socket.once('connect', () => {
    count_it(true);
    if (n % 3 === 0) socket.write('GET /ws?user=half HTTP/1.1\r\nHost: x\r\nX-');
  });
  socket.on('error', (error) => { errors[error.code] = (errors[error.code] ?? 0) + 1; count_it(false); });
  socket.pause();
  sockets.push(socket);
}

function go_on() {
  while (under_way < 500 && next < count) open_one(next++);
  if (next === count && under_way === 0) {
    process.stdout.write(`${JSON.stringify({ connected, failed, errors })}\n`);
    next = NaN;   // said once
  }
}

process.stdin.on('end', () => {
  for (const socket of sockets) socket.resetAndDestroy();
  process.exit(0);
}).resume();
go_on();
