import { mod37_36 } from 'cdigit'
import { describe, expect, test } from 'vitest'
import { readStatement } from '../../core/fleet/statements/read.ts'
import { serialFault } from '../../core/fleet/statements/serial-number.ts'
import { CheckDigit } from '../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { types } from './catalogue.ts'
import { withMod3736 } from './check-digits.ts'
import {
  carriedAt,
  componentFile,
  corrupt,
  dirtKinds,
  type MadeBike,
  makeBikes,
  rideInTheField,
  sayAbout,
  sayCatalogue,
  statementRecord,
} from './index.ts'

const seed = 5
const startMs = Date.UTC(2025, 0, 6)
const bikes = makeBikes({ bikes: 200, seed, startMs, exchanges: 0.2 })
const statements = sayAbout(bikes, { seed })

const checkDigits = {
  CHECK_DIGIT_NONE: CheckDigit.NONE,
  CHECK_DIGIT_LUHN: CheckDigit.LUHN,
  CHECK_DIGIT_MOD_37_36: CheckDigit.MOD_37_36,
}
const faultOf = (type: keyof typeof types, serialNumber: string) => {
  const { serialPattern, checkDigit } = types[type].definition
  return serialFault({ serialPattern, checkDigit: checkDigits[checkDigit] }, serialNumber)
}

describe('made bikes', () => {
  test('have serial and frame numbers of their types’ form, and no two the same', () => {
    const parts = bikes.flatMap((bike) => [
      ...bike.parts,
      ...bike.exchanges.map(({ installed }) => installed),
    ])
    expect(parts.flatMap(({ type, serialNumber }) => faultOf(type, serialNumber) ?? [])).toEqual([])
    expect(bikes.flatMap(({ frameNumber }) => faultOf('frame', frameNumber) ?? [])).toEqual([])
    expect(new Set(parts.map(({ serialNumber }) => serialNumber)).size).toBe(parts.length)
    expect(new Set(bikes.map(({ frameNumber }) => frameNumber)).size).toBe(bikes.length)
  })

  test('are the same for the same seed, and others for another', () => {
    expect(makeBikes({ bikes: 3, seed, startMs })).toEqual(makeBikes({ bikes: 3, seed, startMs }))
    expect(makeBikes({ bikes: 1, seed: 6, startMs })[0]?.bikeId).not.toBe(
      makeBikes({ bikes: 1, seed, startMs })[0]?.bikeId,
    )
  })

  test('carry the new battery from its exchange on', () => {
    const bike = bikes.find(({ exchanges }) => exchanges.length > 0) as MadeBike
    const [{ atMs, installed, removed }] = bike.exchanges as [MadeBike['exchanges'][number]]
    expect(carriedAt(bike, atMs - 1)).toContainEqual({ slot: 'battery', serialNumber: removed.serialNumber })
    expect(carriedAt(bike, atMs)).toContainEqual({ slot: 'battery', serialNumber: installed.serialNumber })
  })
})

test('check digits are those of ISO 7064', () => {
  expect(withMod3736('A12425GABC1234002')).toBe(`A12425GABC1234002${mod37_36.compute('A12425GABC1234002')}`)
})

test('every statement is one that intake reads', () => {
  for (const statement of [...sayCatalogue({ seed, atMs: startMs }), ...statements]) {
    const { key, value } = statementRecord(statement)
    expect(key).not.toBe('')
    expect(readStatement(Buffer.from(value)).kind).toBe('statement')
  }
})

describe('dirt', () => {
  test('comes at its rate, and says what it did', () => {
    const rates = { typo: 0.1, contradiction: 0.1, late: 0.05, repeated: 0.05 }
    const { corrupted, statements: dirty } = corrupt(statements, { seed, rates })
    const count = (kind: string) => corrupted.filter((one) => one.kind === kind).length
    expect(count('typo')).toBeGreaterThan(5)
    expect(count('typo')).toBeLessThan(50)
    expect(dirty).toHaveLength(statements.length + count('contradiction') + count('repeated'))
  })

  test('without rates leaves everything as it was', () => {
    expect(corrupt(statements, { seed, rates: {} })).toEqual({ statements, corrupted: [] })
  })

  test('of each kind there is an example', () => {
    const rates = Object.fromEntries(Object.keys(dirtKinds).map((kind) => [kind, 0.1]))
    const kinds = new Set(corrupt(statements, { seed, rates }).corrupted.map(({ kind }) => kind))
    expect([...kinds].sort()).toEqual(Object.keys(dirtKinds).sort())
  })

  test('by typing leaves a battery whose check digit does not hold', () => {
    const { corrupted, statements: dirty } = corrupt(statements, { seed, rates: { typo: 1 } })
    const batteries = dirty.flatMap(({ bikeProduced }) =>
      (bikeProduced?.parts ?? []).filter(({ slot }) => slot === 'battery'),
    )
    expect(corrupted).toHaveLength(bikes.length)
    expect(batteries.map(({ component }) => faultOf('battery', component.serialNumber))).toEqual(
      bikes.map(() => 'check_digit'),
    )
  })
})

test('a bad batch fails as often as it is told to', () => {
  const bad = { batch: 'B-0002', times: 20 }
  const field = rideInTheField(bikes, { seed, bad, faultsPer1000Km: 0.2 })
  const rate = (isBad: boolean) => {
    const group = field.filter(({ bike }) => (bike.parts[0]?.batch === bad.batch) === isBad)
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
    return sum(group.map(({ faults }) => faults)) / (sum(group.map(({ metres }) => metres)) / 1e6)
  }
  expect(rate(true)).toBeGreaterThan(2)
  expect(rate(false)).toBeLessThan(1)
})

test('the file of an old plant has a row a component, sums in between, and a number that a spreadsheet has mangled', () => {
  const text = new TextDecoder('windows-1252').decode(componentFile(statements))
  const rows = text.split('\r\n').slice(1, -1)
  expect(text).toMatch(/^Typ;Seriennummer;Ausführung;/)
  expect(rows.filter((row) => !row.startsWith('Summe'))).toHaveLength(
    statements.filter(({ componentProduced }) => componentProduced).length + 1,
  )
  expect(rows.at(-1)).toContain('1,91431E+18')
  expect(rows[0]).toMatch(/^Akku;bt25\u00a0[KN]\d{7}\u00ad;B[12];4\.[23];B-0001;06\.01\.2025 01:00:00$/)
})
