// The journal of erasures, outside PostgreSQL: what a restored PostgreSQL has to forget again. It names nobody. Pure.
import { z } from 'zod'

const entry = z.strictObject({
  erasureId: z.uuid(),
  /** The HMAC of the rider, as in the table `erasure_tombstones`. */
  tombstone: z.string().regex(/^[0-9a-f]{64}$/),
  erasedAtMs: z.int().positive(),
})
export type JournalEntry = z.output<typeof entry>

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder('utf-8', { fatal: true }) }

/** A record of `privacy.journal`, by erasure: written again, it takes the place of the former one. */
export const journalRecord = (of: JournalEntry) => ({
  key: utf8.encode.encode(of.erasureId),
  value: utf8.encode.encode(JSON.stringify(of)),
})

/** Throws where the bytes are no entry: nobody else writes there. */
export const readJournalRecord = (value: Uint8Array): JournalEntry =>
  entry.parse(JSON.parse(utf8.decode.decode(value)))
