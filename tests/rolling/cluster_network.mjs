// As much of a cluster's network as a rolling update needs, all of it in namespaces:
//
//   clients 10.79.0.2 ── 10.79.0.1 this process ── bridge 10.78.0.1 ═══ 10.78.0.11 a pod
//                        10.80.0.1 the service                     ╚══ 10.78.0.12 …
//
// Clients reach the service's address and no pod's; what answers there is a balancer's matter.

import { writeFile } from 'node:fs/promises';
import { ip, Namespace } from '../system/support/network.mjs';

export const service_address = '10.80.0.1';
export const public_port = 8084;
export const admin_port = 9084;
export const most_pods = 40;

/// The address of the n-th pod that is ever started.
export const pod_address = (n) => `10.78.0.${11 + n}`;

export class ClusterNetwork {
  here = '10.78.0.1';

  static async start() {
    const network = new ClusterNetwork();
    await ip('link', 'set', 'lo', 'up');
    await ip('addr', 'add', `${service_address}/32`, 'dev', 'lo');
    await ip('link', 'add', 'pods', 'type', 'bridge');
    await ip('addr', 'add', `${network.here}/24`, 'dev', 'pods');
    await ip('link', 'set', 'pods', 'up');
    await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
    network.clients = await Namespace.start();
    await network.clients.cable('clients', 'out', '10.79.0.2/24');
    await ip('addr', 'add', '10.79.0.1/24', 'dev', 'clients');
    await ip('link', 'set', 'clients', 'up');
    await network.clients.ip('route', 'add', 'default', 'via', '10.79.0.1');
    return network;
  }

  /// A place for the n-th pod.
  async pod(n) {
    const place = await Namespace.start();
    await place.cable(`pod${n}`, 'eth0', `${pod_address(n)}/24`);
    await ip('link', 'set', `pod${n}`, 'master', 'pods');
    await ip('link', 'set', `pod${n}`, 'up');
    await place.ip('route', 'add', 'default', 'via', this.here);
    return place;
  }

  clear() { return this.clients.clear(); }
}
