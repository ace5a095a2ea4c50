import { toJson } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isUuid } from '../../../proto/codec/ids.ts'
import { ManufacturingEventSchema } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { foreignWord } from '../../../testkit/foreign-words.ts'
import { linesOf } from './lines.ts'
import { readMapping } from './mapping.ts'
import { createRowReader } from './read-row.ts'
import { rowsOf } from './rows.ts'
import { collect } from './testing/collect.ts'

const produced = {
  event: 'bikeProduced',
  when: { column: 'art', is: ['Rad'] },
  fields: {
    bikeId: { column: 'id' },
    frameNumber: { column: 'Rahmen' },
    modelId: { column: 'Modell', values: { C: 'city', K: 'cargo' } },
    producedAt: { column: 'Datum' },
    parts: [
      { slot: 'battery', component: { type: 'battery', serialNumber: { column: 'Akku' } } },
      { slot: 'motor', component: { type: 'motor', serialNumber: { column: 'Motor' } } },
    ],
  },
}
const delivered = {
  event: 'bikeDelivered',
  when: { column: 'Geliefert', is: ['ja'] },
  fields: { frameNumber: { column: 'Rahmen' }, deliveredAt: { column: 'Datum' } },
}
const mapping = readMapping(
  JSON.stringify({
    delimiter: ';',
    zone: 'Europe/Berlin',
    dates: ['d.M.yyyy'],
    lastLineBreak: 'optional',
    ignore: { column: 'Art', is: ['Summe'] },
    statements: [produced, delivered],
  }),
)
const header = ['Art', 'ID', ' Rahmen ', 'Modell', 'Datum', 'Akku', 'Motor', 'Geliefert']
const id = '01936f00-0000-7000-8000-00000000000a'

const nothing = 'it says nothing that the mapping has a statement for'

async function* whole(text: string) {
  yield text
}

async function read(text: string, { file = 'bikes.csv', source = 'oem:acme' } = {}) {
  const reader = createRowReader({ source, file, mapping, header })
  const rows = await collect(rowsOf(linesOf(whole(text)), mapping))
  return rows.flatMap((row) => reader.read(row)).map((event) => toJson(ManufacturingEventSchema, event))
}
const eventId = async (...args: Parameters<typeof read>) => (await read(...args))[0] as { eventId: string }

test('a row is a statement, its numbers normalised, without the parts of which it says nothing', async () => {
  expect(await read(`Rad;${id.toUpperCase()}; f 1;C;2.3.2026;;mo1;\n`)).toEqual([
    {
      version: 1,
      eventId: expect.toSatisfy(isUuid),
      source: 'oem:acme',
      origin: { file: 'bikes.csv', line: 1 },
      occurredAt: '2026-03-01T23:00:00Z',
      bikeProduced: {
        bikeId: id,
        frameNumber: 'F1',
        modelId: 'city',
        producedAt: '2026-03-01T23:00:00Z',
        parts: [{ slot: 'motor', component: { type: 'motor', serialNumber: 'MO1' } }],
      },
    },
  ])
})

test('a row may say two things, and a sum says nothing', async () => {
  const said = await read(`Rad;${id};F1;C;2.3.2026;BA1;MO1;Ja\nSumme;;;;;1;1;1\n`)
  expect(said).toMatchObject([{ bikeProduced: {} }, { bikeDelivered: {} }])
})

test.each([
  ['a date that is none', `Rad;${id};F1;C;30.2.2026;;;`, 'Datum: "30.2.2026" is no date'],
  ['a text that means nothing', `Rad;${id};F1;X;2.3.2026;;;`, 'Modell: "X" is none of C, K'],
  ['too few cells', `Rad;${id};F1`, 'it has 3 cells where the header has 8'],
  ['too many', `Rad;${id};F1;C;2.3.2026;;;;more`, 'it has 9 cells where the header has 8'],
  ['a row of another kind', `Bus;${id};F1;C;2.3.2026;;;`, nothing],
  ['nothing but delimiters', 'Rad;;;;;;;', nothing],
])('%s: the row is kept as it came, with its fault', async (_, text, fault) => {
  expect(await read(text)).toMatchObject([
    { unreadableRow: { file: 'bikes.csv', line: 1, text, faults: [fault] } },
  ])
})

test('of a row that can be read in part, both the statement and the row are kept', async () => {
  const said = await read(`Rad;${id};F1;X;2.3.2026;;;ja`)
  expect(said).toMatchObject([{ bikeDelivered: {} }, { unreadableRow: {} }])
})

test('the id follows from what is said and by whom, not from where it stands or how it is written', async () => {
  const first = await eventId(`Rad;${id};F1;C;2.3.2026;;;`)
  const again = await eventId(`\n\nRad; ${id};f1;C;02.03.2026;;;;;\n`)
  expect(again).toEqual({ ...first, origin: { file: 'bikes.csv', line: 3 } })
  expect((await eventId(`Rad;${id};F2;C;2.3.2026;;;`)).eventId).not.toBe(first.eventId)
  expect((await eventId(`Rad;${id};F1;C;2.3.2026;;;`, { source: 'oem:b' })).eventId).not.toBe(first.eventId)
  expect(first.eventId[14]).toBe('8')
})

test('an unreadable row keeps its id in another file and line', async () => {
  const { eventId: first } = await eventId('Rad;1')
  expect((await eventId('\nRad;1', { file: 'again.csv' })).eventId).toBe(first)
})

test('a header that names a column of the mapping twice stops the file, whatever its case; others may come twice', () => {
  const twice = [...header, 'Note', 'Note', ' id ']
  const facts = { source: 'oem:acme', file: 'f', mapping }
  expect(() => createRowReader({ ...facts, header: twice })).toThrow('column id (columns 2, 11)')
})

test('a header without a column of the mapping is that of another file', () => {
  const other = { source: 'oem:acme', file: 'f', mapping, header: ['Art', 'ID', 'Geliefert'] }
  expect(() => createRowReader(other)).toThrow('no column Rahmen, Modell, Datum')
})

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  '%s in a cell is a word as any other: the row is unreadable, and the file goes on',
  async (word) => {
    const rows = await read(`Rad;${id};F1;${word};2.3.2026;;MO1;\nRad;${id};F2;C;2.3.2026;;MO2;\n`)
    expect(rows).toMatchObject([
      { unreadableRow: { faults: [`Modell: "${word}" is none of C, K`] } },
      { bikeProduced: { frameNumber: 'F2' } },
    ])
  },
)

test('whatever strangers write into cells, the row behind them is read', async () => {
  const cell = foreignWord.filter((word) => !/[";\n\r]/.test(word))
  const row = fc.array(cell, { minLength: header.length, maxLength: header.length })
  await fc.assert(
    fc.asyncProperty(row, async (cells) => {
      const said = await read(`${cells.join(';')}\nRad;${id};F2;C;2.3.2026;;MO2;\n`)
      expect(said.at(-1)).toMatchObject({ bikeProduced: { frameNumber: 'F2' } })
    }),
  )
})
