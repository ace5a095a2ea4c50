import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import type { Claim } from '../../../research/stream/port.ts'
import type { Sql } from '../client/connect.ts'
import { createQuarantineStore } from '../telemetry/quarantine-store.ts'
import { createClaimsStore } from './claims-store.ts'

let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  return database.drop
})

function claim(of: Partial<Claim>): Claim {
  return {
    trackId: randomUUID(),
    partition: 1,
    offset: 9_007_199_254_740_993n,
    samples: [
      { first: 0, count: 3 },
      { first: 5, count: 1 },
    ],
    delivered: 3,
    withheld: { consent_absent: 0, consent_not_at_event_time: 1 },
    ...of,
  }
}

test('claims come back as they were saved; saved again, only their counts change', async () => {
  const store = createClaimsStore(sql)
  const first = claim({})
  const second = claim({ trackId: first.trackId, offset: 2n, samples: [{ first: 3, count: 2 }] })
  await store.save([first, second])
  const again = { ...first, delivered: 0, withheld: { consent_absent: 4, consent_not_at_event_time: 0 } }
  await store.save([{ ...again, samples: [{ first: 0, count: 1 }] }])
  const claims = await store.claimsOf([first.trackId, randomUUID()])
  expect(claims).toHaveLength(2)
  expect(claims).toEqual(expect.arrayContaining([again, second]))
})

test('two records cannot claim one sample', async () => {
  const store = createClaimsStore(sql)
  const first = claim({})
  await store.save([first])
  const second = claim({ trackId: first.trackId, offset: 1n, samples: [{ first: 2, count: 3 }] })
  await expect(store.save([second])).rejects.toThrow('exclusion constraint')
  expect(await store.claimsOf([first.trackId])).toEqual([first])
})

test('old claims are deleted unless samples of their track are in quarantine', async () => {
  const store = createClaimsStore(sql)
  const [old, quarantined, recent] = [claim({}), claim({}), claim({})]
  await store.save([old, quarantined, recent])
  await sql`update analytics_claims set claimed_at = now() - interval '31 days' where track_id <> ${recent.trackId}`
  await createQuarantineStore(sql).add([
    {
      trackId: quarantined.trackId,
      uploadId: null,
      bikeId: null,
      stage: 'normalize',
      reason: 'bike_foreign',
      samples: 1,
      ranges: '0+1',
      detail: '',
      record: new Uint8Array(1),
      source: 'test',
      quarantinedAtMs: Date.now(),
      receivedAtMs: null,
      bikeVersion: 0,
    },
  ])
  await store.prune({ keptDays: 30, limit: 2_000 })
  const kept = await store.claimsOf([old, quarantined, recent].map(({ trackId }) => trackId))
  expect(kept.map(({ trackId }) => trackId).sort()).toEqual([quarantined.trackId, recent.trackId].sort())
})
