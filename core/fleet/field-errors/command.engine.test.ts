// The command on a small fleet with one bad batch of batteries.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { addBike, consent, defineBatteries, note } from './testing/fleet.ts'

const command = fileURLToPath(new URL('command.ts', import.meta.url))
let database: TestDatabase
let folder: string

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'field-errors-'))
  await prepareFleet()
  return async () => {
    await rm(folder, { recursive: true })
    await database.drop()
  }
})

/** Four batches of 25 batteries: in one every second has failed, in the others every twelfth. */
async function prepareFleet(): Promise<void> {
  const { sql } = database
  const saidBy = await defineBatteries(sql)
  for (const batch of ['B1', 'B2', 'B3', 'B4']) {
    for (let n = 0; n < 25; n++) {
      const riderId = randomUUID()
      const { bikeId } = await addBike(sql, { batch, saidBy })
      await consent(sql, riderId, ['2025-01-01', null])
      const faults = n % (batch === 'B3' ? 2 : 12) === 1 ? [1_204] : []
      await note(sql, [{ bikeId, riderId, day: '2026-05-01', km: 40, faults }])
    }
  }
}

const run = (...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const env = { ...process.env, DATABASE_URL: database.url }
    execFile(process.execPath, [command, ...args], { env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
const days = ['--from', '2026-01-01', '--until', '2027-01-01']

test('it prints a table and writes a chart, and both show the bad batch', async () => {
  const svg = join(folder, 'batches.svg')
  const { code, out } = await run(...days, '--svg', svg)
  expect(code).toBe(0)
  expect(out.split('\n').filter((line) => line.includes('stands out'))).toEqual([
    expect.stringMatching(/^B3 /),
  ])
  const chart = await readFile(svg, 'utf8')
  expect(chart).toMatch(/^<svg /)
  expect(chart.match(/▲ p = /g)).toHaveLength(1)
})

test('as JSON it says what the API says', async () => {
  const { out } = await run(...days, '--type', 'battery', '--by', 'plant', '--json')
  expect(JSON.parse(out)).toMatchObject({
    ...{ type: 'battery', by: 'plant', from: '2026-01-01', until: '2027-01-01', confidence: 0.95 },
    test: { correction: 'holm', familyWiseAlpha: 0.01, groups: 0 },
    groups: [{ group: 'North', bikes: 100, km: 4_000, affected: 18, outlier: false, pValue: null }],
  })
})

test.each([
  ['a grouping that there is not', ['--by', 'color'], 2, '--by: '],
  [
    'days in the wrong order',
    ['--from', '2026-02-01', '--until', '2026-01-01'],
    2,
    '--from: not before `until`',
  ],
  ['words too many', ['battery'], 2, 'not understood: battery'],
  ['a component that there is not', ['--type', 'sail'], 1, 'no component type sail'],
])('%s is refused', async (_, args, code, fault) => {
  const said = await run(...args)
  expect(said).toMatchObject({ code, out: '' })
  expect(said.err).toContain(fault)
})
