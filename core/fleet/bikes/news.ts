// Reads records of bike.entity, and of many about one bike finds the newest. Pure.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { isUuid, uuidText } from '../../../proto/codec/ids.ts'
import { type BikeEntity, BikeEntitySchema } from '../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { hash } from '../../runtime/digest.ts'
import type { BikeNews } from './port.ts'

/** Throws when the record is no BikeEntity of its key. */
export function readNews({ key, value }: Pick<KafkaRecord, 'key' | 'value'>): BikeNews {
  const entity = value ?? new Uint8Array()
  const bike = fromBinary(BikeEntitySchema, entity)
  const { bikeId, version } = bike
  if (!isUuid(bikeId)) throw new Error('the id of the bike is none')
  if (key?.length !== 16 || uuidText(key) !== bikeId) throw new Error(`bike ${bikeId} under a foreign key`)
  if (version === 0n) throw new Error('no version')
  return { bikeId, version, entity, judgedBy: judgedByOf(bike) }
}

function judgedByOf({ producedAtMs, ownerships, deviceIds, devices }: BikeEntity): string {
  const part = create(BikeEntitySchema, { producedAtMs, ownerships, deviceIds, devices })
  return hash('sha256', toBinary(BikeEntitySchema, part), 'hex')
}

/** In the order of bikes, so that two who write the same ones cannot wait for each other. */
export function newestOfEach(news: readonly BikeNews[]): BikeNews[] {
  const newest = new Map<string, BikeNews>()
  for (const one of news) {
    const known = newest.get(one.bikeId)
    if (known === undefined || known.version < one.version) newest.set(one.bikeId, one)
  }
  return [...newest.values()].sort((a, b) => (a.bikeId < b.bikeId ? -1 : 1))
}
