import { expect, test } from 'vitest'
import { made, statement } from '../testing/statements.ts'
import { statementContent } from './content.ts'
import { receive } from './records.ts'

const row = (value: object) => statement({ case: 'unreadableRow', value })
const record = (offset: bigint) => ({
  topic: 'manufacturing.events',
  partition: 0,
  offset,
  key: null,
  value: Buffer.from('no statement'),
  timestampMs: 0,
})

test('the same row in another file and line is the same statement', () => {
  const first = row({ file: 'monday.csv', line: 7, text: 'a;b' })
  expect(statementContent(row({ file: 'tuesday.csv', line: 9, text: 'a;b' }))).toEqual(
    statementContent(first),
  )
  expect(statementContent(row({ file: 'monday.csv', line: 7, text: 'a;c' }))).not.toEqual(
    statementContent(first),
  )
  expect(first.event.value).toMatchObject({ file: 'monday.csv', line: 7 })
})

test('the same bytes at another offset are the same statement', () => {
  const [first, again] = [receive(record(1n)), receive(record(2n))]
  expect(again.event.eventId).toBe(first.event.eventId)
  expect(again.contentSha256).toBe(first.contentSha256)
})

test('of all others everything counts', () => {
  expect(statementContent(made('BA1'))).toEqual(statementContent(made('BA1')))
  expect(statementContent(made('BA1', { batch: 'B8' }))).not.toEqual(statementContent(made('BA1')))
})
