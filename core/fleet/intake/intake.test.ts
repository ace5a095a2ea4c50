import { describe, expect, test } from 'vitest'
import { testAudience, testPartner } from '../../../testkit/partners.ts'
import { type IntakeFile, sendFile, statementsIn } from './intake.ts'
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
const kinds = async (file: IntakeFile) =>
  (await collect(statementsIn(file))).flatMap(({ statements }) => statements.map(({ event }) => event.case))

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

test('statements name the line that they stood in, which makes no other statement of them', async () => {
  const said = (
    await collect(statementsIn(fileOf(true, 'number,day\nBA1,2026-03-02\nBA1,2026-03-02\n')))
  ).flatMap(({ statements }) => statements)
  expect(said.map(({ origin }) => [origin?.file, origin?.line])).toEqual([
    ['ends.csv', 2],
    ['ends.csv', 3],
  ])
  expect(new Set(said.map(({ eventId }) => eventId)).size).toBe(1)
})

describe('a file of which no row can be read', () => {
  const sent: unknown[] = []
  const { privateKey, key } = testPartner('service:dresden')
  const deps = {
    files: { record: async () => void sent.push('progress') },
    producer: { send: async (records: readonly unknown[]) => void sent.push(...records) },
    topic: 'manufacturing.events',
    sealing: { privateKey, keyId: key.keyId, audience: testAudience },
    onProgress: () => undefined,
  }

  test('is not sent: mapping and file do not belong together', async () => {
    const file = fileOf(true, 'number,day\nBA1,morgen\nBA2,gestern\n')
    await expect(sendFile(file, 0, deps)).rejects.toThrow(
      /no row of the first 2 can be read.*\nline 2: .*morgen.*\nline 3: .*gestern/,
    )
    expect(sent).toEqual([])
  })

  test('is told from one with a bad row, which is sent', async () => {
    const summary = await sendFile(fileOf(true, 'number,day\nBA1,morgen\nBA2,2026-03-02\n'), 0, deps)
    expect(summary).toMatchObject({ rows: 2, statements: 2, unreadable: 1 })
    expect(summary.faults).toEqual([expect.stringMatching(/^line 2: .*morgen/)])
    expect(sent).toHaveLength(3)
  })
})
