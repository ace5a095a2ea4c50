// A way to Kafka that a test can cut and mend. Brokers advertise their own port; the proxy puts its own in its place.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface KafkaProxy {
  readonly broker: string
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>
  mend(): Promise<void>
}

/** `broker` is `host:port` as Kafka advertises it, with an address of 127.0.0.1. */
export async function startKafkaProxy(broker: string): Promise<KafkaProxy> {
  const [host = '', port = ''] = broker.split(':')
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const kafka = connect(Number(port), host)
    for (const socket of [client, kafka]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        kafka.destroy()
      })
    }
    client.on('data', (bytes) => kafka.write(bytes))
    kafka.on('data', (bytes) => client.write(readdressed(bytes)))
  })
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const ownPort = await listen(0)
  const advertised = address(host, Number(port))
  const own = address(host, ownPort)

  /** Host and port stand side by side in the answers; both addresses have the same length. */
  function readdressed(bytes: Buffer): Buffer {
    for (let at = bytes.indexOf(advertised); at >= 0; at = bytes.indexOf(advertised, at + 1))
      own.copy(bytes, at)
    return bytes
  }

  return {
    broker: `${host}:${ownPort}`,
    async cut() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async mend() {
      await listen(ownPort)
    },
  }
}

function address(host: string, port: number): Buffer {
  const bytes = Buffer.alloc(host.length + 4)
  bytes.write(host)
  bytes.writeInt32BE(port, host.length)
  return bytes
}
