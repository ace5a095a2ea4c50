// A way to an engine that a test can cut and mend: while it is cut, connections are refused.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CuttableProxy {
  readonly port: number
  /** Breaks all connections and refuses new ones. */
  cut(): Promise<void>
  /** Listens again, at the same port. */
  mend(): Promise<void>
  close(): Promise<void>
}

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** `rewrite` may change what the engine answers, chunk by chunk; `own` is the proxy's endpoint. */
export async function startCuttableProxy(
  target: Endpoint,
  rewrite: (bytes: Buffer, own: Endpoint) => Buffer = (bytes) => bytes,
): Promise<CuttableProxy> {
  const sockets = new Set<Socket>()
  const own = { host: '127.0.0.1', port: 0 }
  const server = createServer((near) => {
    const far = connect(target)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.on('data', (bytes) => near.write(rewrite(bytes, own)))
  })
  const listen = async () => {
    server.listen(own)
    await once(server, 'listening')
    own.port = (server.address() as AddressInfo).port
  }
  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen()
  return { port: own.port, cut, mend: listen, close: cut }
}

/** To a broker `host:port`. Kafka tells its clients the broker's address; the proxy puts its own in that place. */
export async function startKafkaProxy(broker: string): Promise<CuttableProxy & { readonly broker: string }> {
  const [host = '', port = ''] = broker.split(':')
  const target = { host, port: Number(port) }
  const advertised = encoded(target)
  const proxy = await startCuttableProxy(target, (bytes, own) => {
    for (let at = bytes.indexOf(advertised); at >= 0; at = bytes.indexOf(advertised, at + 1)) {
      encoded(own).copy(bytes, at)
    }
    return bytes
  })
  return { ...proxy, broker: `127.0.0.1:${proxy.port}` }
}

/** Host and port as they stand side by side in a broker's answers; 127.0.0.1 on both sides keeps the length. */
function encoded({ host, port }: Endpoint): Buffer {
  const bytes = Buffer.alloc(host.length + 4)
  bytes.write(host)
  bytes.writeInt32BE(port, host.length)
  return bytes
}
