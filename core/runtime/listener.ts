// An HTTP listener: opened, said, and closed when what it has at hand is answered.
import type { AddressInfo, Server } from 'node:net'
import type { Logger } from 'pino'

export interface ListenAt {
  readonly host: string
  /** 0 picks one. */
  readonly port: number
  readonly log: Pick<Logger, 'info'>
}

/** Rejects when the port is taken. What is returned takes no new connections and resolves when those at hand have ended. */
export async function listen(server: Server, { host, port, log }: ListenAt): Promise<() => Promise<void>> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  log.info({ port: (server.address() as AddressInfo).port }, 'listening')
  return () => new Promise<void>((resolve) => server.close(() => resolve()))
}
