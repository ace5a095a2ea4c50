// The sample files that define types and models: they are read as docs/fleet.md says, and what they say has no fault.
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { statementsIn } from '../../../core/fleet/intake/intake.ts'
import { readMapping } from '../../../core/fleet/intake/mapping.ts'
import { fieldFindings } from '../../../core/fleet/judging/rules/fields.ts'

const at = (name: string) => new URL(name, import.meta.url)

async function said(name: string) {
  const mapping = readMapping(await readFile(at(`${name}.json`), 'utf8'))
  const chunks = createReadStream(at(`${name}.csv`))
  const facts = { source: 'oem:example', sha256: new Uint8Array(32), name: `${name}.csv` }
  const events = []
  for await (const { statements } of statementsIn({ ...facts, mapping, encoding: 'utf-8', chunks })) {
    events.push(...statements)
  }
  expect(events.flatMap(fieldFindings)).toEqual([])
  return events.map(({ event }) => event)
}

test('a row of component-types.csv defines a type, with the form of its serial numbers', async () => {
  const types = await said('component-types')
  expect(types.map(({ value }) => value)).toMatchObject([
    { type: 'frame', serialPattern: 'FR-\\d{6}', checkDigit: 1, lastFaultCode: 0 },
    { type: 'battery', serialPattern: 'BA\\d{7}', checkDigit: 2, firstFaultCode: 4096, lastFaultCode: 4351 },
    { type: 'motor', serialPattern: 'MO[0-9A-Z]{8}', checkDigit: 3 },
    { type: 'display', serialPattern: 'DI\\d{6}', checkDigit: 1 },
  ])
})

test('a row of bike-models.csv defines a model; a slot that it leaves empty is none of the model', async () => {
  const models = await said('bike-models')
  const slots = models.map(({ value }) =>
    (value as { slots: { slot: string }[] }).slots.map(({ slot }) => slot),
  )
  expect(slots).toEqual([
    ['battery', 'motor', 'display'],
    ['battery', 'battery_2', 'motor', 'display'],
  ])
  expect(models[0]?.value).toMatchObject({ modelId: 'city-2026', name: 'City 2026' })
})
