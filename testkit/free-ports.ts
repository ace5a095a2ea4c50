// Ports of this machine that nobody listens at.
import { type AddressInfo, createServer } from 'node:net'

/** A port for each name, all different. Somebody else may take one until it is used. */
export async function freePorts<N extends string>(...names: readonly N[]): Promise<Record<N, number>> {
  const servers = names.map(() => createServer())
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<N, number>
}
