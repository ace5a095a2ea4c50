import { expect, test } from 'vitest'
import { type IntakeFile, statementsIn } from './intake.ts'
import { readMapping } from './mapping.ts'
import { collect } from './testing/collect.ts'

const recycled = {
  event: 'componentRecycled',
  occurredAt: { column: 2 },
  fields: { component: { type: 'battery', serialNumber: { column: 1 } } },
}

async function* pieces(...texts: string[]) {
  for (const text of texts) yield new TextEncoder().encode(text)
}

function fileOf(header: boolean, ...texts: string[]): IntakeFile {
  const mapping = readMapping(JSON.stringify({ header, statements: [recycled] }))
  const facts = { source: 'service:dresden', sha256: new Uint8Array(32), name: 'ends.csv' }
  return { ...facts, mapping, encoding: 'utf-8', chunks: pieces(...texts) }
}
const kinds = async (file: IntakeFile) => (await collect(statementsIn(file))).map(({ event }) => event.case)

test('without a header, columns go by their numbers', async () => {
  expect(await kinds(fileOf(false, 'BA1,2026-', '03-02\nBA2,2026-03-02\n'))).toEqual([
    'componentRecycled',
    'componentRecycled',
  ])
})

test('a header is no row, and a file that has nothing else says nothing', async () => {
  expect(await kinds(fileOf(true, 'number,day\nBA1,2026-03-02\n'))).toEqual(['componentRecycled'])
  expect(await kinds(fileOf(true, 'number,day\n'))).toEqual([])
})

test.each([
  ['no header', '\n \n', 'the file has no header'],
  ['half a header', 'number,da', 'the header cannot be read: the file ends within the row'],
])('%s is none', async (_, text, fault) => {
  await expect(kinds(fileOf(true, text))).rejects.toThrow(fault)
})
