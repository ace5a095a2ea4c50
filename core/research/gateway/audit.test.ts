import { expect, test } from 'vitest'
import { firstHash, hashOf, verifyChain } from './audit.ts'
import type { LoggedQuery } from './port.ts'

const asked = (number: number) => ({
  researcher: 'rita',
  askedAt: new Date(Date.UTC(2026, 0, 1) + number),
  query: `{"size":${number}}`,
  documents: number,
  answerBytes: 100,
})

function chain(length: number): LoggedQuery[] {
  const rows: LoggedQuery[] = []
  for (let number = 1; number <= length; number++) {
    const hash = hashOf(rows.at(-1)?.hash ?? firstHash, number, asked(number))
    rows.push({ ...asked(number), number, hash })
  }
  return rows
}

const logOf = (rows: readonly LoggedQuery[]) => ({
  after: async (number: number, limit: number) => rows.filter((row) => row.number > number).slice(0, limit),
})
const beginning = { number: 0, hash: firstHash }
const verify = (rows: readonly LoggedQuery[], known = beginning) => verifyChain(logOf(rows), known)

test('a whole chain is whole, from its beginning and from any row of it, over the bounds of what is read at once', async () => {
  const rows = chain(2_001)
  const last = { number: 2_001, hash: rows[2_000]?.hash }
  expect(await verify(rows)).toEqual(last)
  expect(await verify(rows, rows[1_499])).toEqual(last)
  expect(await verify([])).toEqual(beginning)
})

test.each(['researcher', 'query', 'documents', 'answerBytes', 'askedAt', 'hash'] as const)(
  'a row whose %s was changed shows',
  async (column) => {
    const rows = chain(4)
    const row = rows[2] as LoggedQuery
    const changed = {
      ...row,
      [column]: { ...asked(9), hash: '0' }[column],
      ...(column === 'researcher' && { researcher: 'x' }),
    }
    if (column === 'answerBytes') changed.answerBytes = 1
    await expect(verify(rows.with(2, changed))).rejects.toThrow('query 3, or one before it, was changed')
  },
)

test('a row that was taken out shows, and so does an end that was cut off, to who has kept the last hash', async () => {
  const rows = chain(4)
  await expect(verify(rows.toSpliced(1, 1))).rejects.toThrow('query 2 is missing')
  await expect(verify(rows.slice(0, 3), rows[3])).rejects.toThrow('query 4 is not the one that it was')
  await expect(verify(rows, { number: 2, hash: firstHash })).rejects.toThrow('query 2 is not')
})
