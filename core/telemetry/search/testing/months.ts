// A store for tests of something else than new months.
import type { TelemetryWriter } from '../../../engines/elasticsearch/port.ts'

/** Makes each month when samples come for it, as if it had been made before. */
export function withMonths<W extends TelemetryWriter>(store: W): W {
  return {
    ...store,
    async generations(partition) {
      const known = await store.generations(partition)
      if (known.length > 0) return known
      await store.makePartition(partition)
      return store.generations(partition)
    },
  }
}
