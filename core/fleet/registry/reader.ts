// Reads master data for service staff: numbers however they are typed, and nothing that names a rider.
import { isUuid } from '../../../proto/codec/ids.ts'
import { statementJson, withoutRider } from '../statements/json.ts'
import { normaliseSerialNumber } from '../statements/serial-number.ts'
import { bikeSubject, frameSubject } from '../statements/subjects.ts'
import type { FleetReader, HistoryItem, RecordStore, StoredHistoryItem } from './reader-port.ts'

export function createFleetReader(store: RecordStore): FleetReader {
  return {
    bike: store.bike,
    component: store.component,
    search(words, page) {
      const text = words.trim()
      return isUuid(text) ? store.searchId(text, page) : store.searchNumber(normaliseSerialNumber(text), page)
    },
    async history(bikeId, page) {
      const frameNumbers = await store.frameNumbers(bikeId)
      if (frameNumbers === undefined) return undefined
      const subjects = [bikeSubject(bikeId), ...frameNumbers.map(frameSubject)]
      const { rows, next } = await store.history({ bikeId, subjects }, page)
      return { rows: rows.map(withoutOwner), next }
    },
  }
}

/** A sale without its buyer; a former row of `ownerships` without `rider_id`. */
function withoutOwner(item: StoredHistoryItem): HistoryItem {
  if (item.kind === 'superseded') {
    const { rider_id: _, ...row } = item.row
    return { ...item, row }
  }
  const { event, ...facts } = item
  return { ...facts, statement: statementJson(withoutRider(event)) }
}
