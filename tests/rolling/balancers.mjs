// Who chooses a pod for a new connection to the service. Connections that are there stay where they are.

import { spawn } from 'node:child_process';
import { Haproxy } from '../system/support/haproxy.mjs';
import { admin_port, most_pods, pod_address, public_port, service_address } from './cluster_network.mjs';

/// Chance alone, as kube-proxy does it: the kernel rewrites a new connection's address.
class RandomDnat {
  title = 'random (DNAT, as kube-proxy does it)';

  static async start() {
    const balancer = new RandomDnat();
    await nft('table ip service {\n chain choose { type nat hook prerouting priority dstnat; }\n}');
    return balancer;
  }

  /// Without a pod, connections are refused: nobody listens at the service's own address.
  send_to(addresses) {
    const choice = addresses.length === 1 ? addresses[0]
      : `numgen random mod ${addresses.length} map { ${addresses.map((each, n) => `${n} : ${each}`).join(', ')} }`;
    const rule = `add rule ip service choose ip daddr ${service_address} tcp dport { ${public_port}, ${admin_port} } dnat to ${choice}`;
    return nft(['flush chain ip service choose', ...(addresses.length ? [rule] : [])].join('\n'));
  }

  async clear() {}
}

async function nft(rules) {
  const child = spawn('nft', ['-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
  let said = '';
  child.stderr.on('data', (bytes) => { said += bytes; });
  child.stdin.end(rules);
  const code = await new Promise((done, fail) => child.once('close', done).once('error', fail));
  if (code !== 0) throw new Error(`nft: ${said.trim()}`);
}

/// Where there are least connections, as an ingress does it that hears of pods from the cluster, and looks at /readyz itself.
class LeastConnections {
  title = 'leastconn (haproxy)';

  static async start() {
    const balancer = new LeastConnections();
    balancer.places = Array.from({ length: most_pods }, (_, n) => ({ host: pod_address(n), public_port, admin_port }));
    balancer.proxy = await Haproxy.start(balancer.places, { host: service_address, public_port, admin_port, balance: 'leastconn', server: 'disabled' });
    return balancer;
  }

  send_to(addresses) { return this.proxy.serve_only(({ host }) => addresses.includes(host), this.places); }

  clear() { return this.proxy.clear(); }
}

export const balancers = { leastconn: LeastConnections, random: RandomDnat };
