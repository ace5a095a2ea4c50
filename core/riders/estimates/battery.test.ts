import { describe, expect, it, test } from 'vitest'
import { capacityFromRides, energyOf, usableWh } from './battery.ts'
import { makeRide } from './testing/fixtures.ts'

const long = makeRide({ energyWh: 200, chargeStartPct: 90, chargeEndPct: 40 })

describe('usable energy', () => {
  it.each([
    ['charge of the nominal capacity', [{ chargePct: 80, nominalWh: 500 }], 0, 400],
    ['less what age took', [{ chargePct: 80, nominalWh: 500, healthPct: 90 }], 0, 360],
    ['less the reserve', [{ chargePct: 80, nominalWh: 500 }], 10, 360],
    [
      'of two batteries together',
      [
        { chargePct: 80, nominalWh: 500 },
        { chargePct: 50, nominalWh: 300 },
      ],
      0,
      550,
    ],
    ['of the capacity that rides tell', [{ chargePct: 50 }], 0, 200],
    ['of an empty battery', [{ chargePct: 0, nominalWh: 500 }], 0, 0],
  ])('%s', (_, batteries, reservePct, expected) => {
    const answer = usableWh({ batteries, rides: [long], reservePct })
    expect(answer).toEqual({ usableWh: expect.closeTo(expected, 6) })
  })

  it.each([
    ['no battery', [], [long], ['charge']],
    ['no battery and no ride', [], [], ['charge', 'capacity']],
    ['no reading of the charge', [{ nominalWh: 500 }], [], ['charge']],
    ['one reading of two', [{ chargePct: 80, nominalWh: 500 }, { nominalWh: 500 }], [], ['charge']],
    ['an unknown type', [{ chargePct: 80 }], [makeRide()], ['capacity']],
  ])('is missing with %s', (_, batteries, rides, missing) => {
    expect(usableWh({ batteries, rides, reservePct: 0 })).toEqual({ missing })
  })
})

test('rides tell the capacity where they took a fifth of the charge', () => {
  const exchanged = makeRide({ energyWh: 600, chargeStartPct: 90, chargeEndPct: 40 })
  const worn = makeRide({ energyWh: 76, chargeStartPct: 60, chargeEndPct: 40 })
  expect(capacityFromRides([exchanged, long, worn])).toBe(400)
  expect(capacityFromRides([makeRide({ chargeStartPct: 60, chargeEndPct: 41 })])).toBeUndefined()
  expect(capacityFromRides([{ ...long, energyCoverage: 0.5 }])).toBeUndefined()
})

test('an impossible capacity is none', () => {
  expect(capacityFromRides([{ ...long, energyWh: 1 }])).toBeUndefined()
  expect(capacityFromRides([{ ...long, energyWh: 75_000 }])).toBeUndefined()
})

test('the drop of charge stands in for a current that was not recorded; none is no label', () => {
  expect(energyOf(makeRide(), undefined)).toBe(40)
  expect(energyOf(makeRide({ energyWh: 38, energyCoverage: 0.95 }), undefined)).toBeCloseTo(40)
  expect(energyOf(makeRide({ energyCoverage: 0.5 }), 500)).toBeCloseTo(40)
  expect(energyOf(makeRide({ energyWh: undefined }), undefined)).toBeUndefined()
  expect(energyOf(makeRide({ energyWh: undefined, chargeEndPct: 90 }), 500)).toBeUndefined()
})
