// The publication alone, as a process that tests start several times and kill; its order comes as JSON.
import { toBinary } from '@bufbuild/protobuf'
import { uuidBytes } from '../../../proto/codec/ids.ts'
import { BikeEntitySchema } from '../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import { openFencedWriter } from '../../engines/kafka/transactions.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createLeadership, locks } from '../../engines/postgres/client/leadership.ts'
import { listenTo } from '../../engines/postgres/client/notifications.ts'
import { bikesChangedChannel, createBikeChanges } from '../../engines/postgres/fleet/bike-changes.ts'
import { createPublication } from '../../runtime/publication.ts'
import { createLog } from '../../runtime/service.ts'

export interface PublishOrder {
  readonly brokers: readonly string[]
  readonly databaseUrl: string
  readonly topic: string
}

const { brokers, databaseUrl: url, topic } = JSON.parse(process.argv[2] ?? '') as PublishOrder
const log = createLog('publish', 'warn')
const sql = connectPostgres({ url, name: 'publish' })
const lock = connectPostgres({ url, name: 'publish-lock', maxConnections: 1 })
const publication = createPublication({
  what: 'bikes',
  changes: createBikeChanges(sql),
  toRecord: ({ bikeId, entity }) =>
    entity && { key: uuidBytes(bikeId), value: toBinary(BikeEntitySchema, entity) },
  leadership: createLeadership(lock, locks.publicationOfBikes),
  openWriter: () => openFencedWriter({ brokers, transactionalId: `${topic}.publication`, log }),
  watch: listenTo({ url, name: 'publish-watch', channel: bikesChangedChannel }).watch(),
  topic,
  metrics: { records: (_, count) => process.stdout.write(`${count}\n`) },
  log,
})
await publication.run(new AbortController().signal)
