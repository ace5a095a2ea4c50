import { expect, test } from 'vitest'
import { readersAfterRestore } from './readers-after-restore.ts'

test('whoever fills a store reads again; the research stream, which lies in Kafka, is not written twice', () => {
  const readers = readersAfterRestore('x')
  const groups = readers.map(({ group }) => group)
  expect(groups).toEqual(
    expect.arrayContaining(['x.normalize', 'x.search', 'x.latest', 'x.ledger', 'x.rides', 'x.fleet']),
  )
  expect(groups).not.toContain('x.analytics')
  expect(readers.find(({ group }) => group === 'x.search')).toEqual({
    group: 'x.search',
    topics: ['x.telemetry.clean'],
  })
})
