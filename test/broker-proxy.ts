// A Kafka broker behind a cable that can be cut: forwards bytes, and names itself where the broker names its address.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface BrokerProxy {
  readonly address: string
  /** Ends all connections and refuses new ones. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** `broker` is an address `host:port`, as the broker itself advertises it. */
export async function startBrokerProxy(broker: string): Promise<BrokerProxy> {
  const [host = '', port = ''] = broker.split(':')
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((client) => {
    if (isCut) return void client.destroy()
    const upstream = connect(Number(port), host)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => client.write(readdressed(bytes)))
  })
  server.listen(0, host)
  await once(server, 'listening')
  const ownPort = (server.address() as AddressInfo).port
  const advertised = endpoint(host, Number(port))
  const own = endpoint(host, ownPort)

  function readdressed(bytes: Buffer): Buffer {
    for (let at = bytes.indexOf(advertised); at >= 0; at = bytes.indexOf(advertised, at + 1))
      own.copy(bytes, at)
    return bytes
  }

  return {
    address: `${host}:${ownPort}`,
    cut() {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    mend() {
      isCut = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Host and port as they stand next to each other in the broker's metadata. */
function endpoint(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(host.length + 4)
  bytes.write(host)
  bytes.writeInt32BE(port, host.length)
  return bytes
}
