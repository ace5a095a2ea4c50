// Asks a Kafka address whether a broker is in service, without a client library: one metadata
// request, version 4. Where the broker wants a password first, the library asks.
//
//   request  = size:int32 apiKey:int16 apiVersion:int16 correlation:int32 clientId:nullable-string
//              topics:int32 (0: none) allowAutoTopicCreation:int8
//   response = size:int32 correlation:int32 throttleMs:int32 brokers:int32 …
import { connect } from 'node:net'
import { Admin, SASLMechanisms } from '@platformatic/kafka'

const timeoutMs = 2_000
const brokersAt = 12

/** An open port is not enough: a broker takes connections before the controller lets it lead partitions. */
export const hasBroker = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(metadataRequest()))
    let received = Buffer.alloc(0)
    const settle = (ready: boolean) => {
      socket.destroy()
      resolve(ready)
    }
    socket.setTimeout(timeoutMs, () => settle(false))
    socket.on('error', () => settle(false))
    socket.on('close', () => resolve(false))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length >= brokersAt + 4) settle(received.readInt32BE(brokersAt) > 0)
    })
  })

export type KafkaClient = { ca: string; username: string; password: string }

/** The same question of a broker that asks for TLS and a password first. */
export const hasSecureBroker = async (port: number, { ca, ...login }: KafkaClient): Promise<boolean> => {
  const admin = new Admin({
    ...{ clientId: 'probe', bootstrapBrokers: [`127.0.0.1:${port}`] },
    ...{ connectTimeout: timeoutMs, requestTimeout: timeoutMs, timeout: timeoutMs, retries: 0 },
    tls: { ca },
    sasl: { mechanism: SASLMechanisms.SCRAM_SHA_512, ...login },
  })
  try {
    return (await admin.metadata({ topics: [] })).brokers.size > 0
  } catch {
    return false
  } finally {
    await admin.close()
  }
}

const metadataRequest = (): Buffer => {
  const request = Buffer.alloc(19)
  request.writeInt32BE(request.length - 4, 0)
  request.writeInt16BE(3, 4)
  request.writeInt16BE(4, 6)
  request.writeInt32BE(1, 8)
  request.writeInt16BE(-1, 12)
  request.writeInt32BE(0, 14)
  request.writeInt8(0, 18)
  return request
}
