// What independent-reader.ts uses of kafkajs below its consumer, which hides the markers of transactions. kafkajs 2.2.4
// declares no types for it; package.json holds that version.
declare module 'kafkajs/src/cluster/index.js' {
  import type { ISocketFactory, logLevel, RetryOptions, SASLOptions } from 'kafkajs'

  export interface FetchedMessage {
    readonly offset: string
    readonly timestamp: string
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly isControlRecord: boolean
    readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
  }

  interface Broker {
    fetch(request: {
      isolationLevel: 0 | 1
      maxWaitTime: number
      maxBytes: number
      topics: readonly {
        topic: string
        partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[]
      }[]
    }): Promise<{ responses: readonly { partitions: readonly { messages: readonly FetchedMessage[] }[] }[] }>
  }

  interface Logger {
    namespace(name: string, level?: logLevel): Logger
    info(): void
    error(): void
    warn(): void
    debug(): void
  }

  export default class Cluster {
    constructor(options: {
      logger: Logger
      socketFactory: ISocketFactory
      brokers: readonly string[]
      ssl?: { ca: string | undefined }
      sasl?: SASLOptions
      clientId: string
      connectionTimeout: number
      requestTimeout: number
      enforceRequestTimeout: boolean
      metadataMaxAge: number
      retry: RetryOptions
      allowAutoTopicCreation: boolean
      isolationLevel: 0 | 1
    })
    connect(): Promise<void>
    disconnect(): Promise<void>
    addTargetTopic(topic: string): Promise<void>
    findTopicPartitionMetadata(topic: string): readonly { partitionId: number; leader: number }[]
    findBroker(of: { nodeId: number }): Promise<Broker>
    fetchTopicsOffset(
      topics: readonly {
        topic: string
        partitions: readonly { partition: number }[]
        fromBeginning: boolean
      }[],
    ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
  }
}
