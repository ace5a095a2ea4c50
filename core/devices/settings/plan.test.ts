import { expect, test } from 'vitest'
import { isPending, noSettings, planReport, planWish, type SettingsOutcome, tagOf } from './plan.ts'
import type { BikeSettings, KnownSettings, SettingsReport } from './port.ts'

const desired = { values: { assistLevel: 2, massKg: 95 }, atMs: 100 }
const agreed: BikeSettings = {
  ...{ version: 3, sinceVersion: 2, desired, agreedAtMs: 500 },
  reported: { version: 3, localChanges: 1, values: { assistLevel: 2 }, atMs: 500 },
}
const waiting: BikeSettings = { ...agreed, version: 4 }
const known = (settings: BikeSettings, over: Partial<KnownSettings> = {}): KnownSettings => ({
  ...settings,
  ...{ bikeId: 'b1', ownerId: 'anna', isContested: false, nowMs: 1_000 },
  ...over,
})
const report = (version: number, localChanges: number): SettingsReport => ({
  ...{ version, localChanges, values: { assistLevel: 5, lightMode: 'on' } },
})
const wish = (over: object = {}) => ({
  ...{ riderId: 'anna', values: { assistLevel: 4 }, isAbout: (tag: string) => tag === '"3.1"' },
  ...over,
})

test('a wish is the next version, which the bike has yet to take', () => {
  const { outcome, settings, isDue } = planWish(known(agreed), wish())
  expect(settings).toEqual({ ...agreed, version: 4, desired: { values: { assistLevel: 4 }, atMs: 1_000 } })
  expect(outcome).toEqual({ outcome: 'wished', settings })
  expect(isDue).toBe(true)
  expect([agreed, settings as BikeSettings].map(isPending)).toEqual([false, true])
  expect(tagOf(settings as BikeSettings)).toBe('"4.0"')
})

test.each<[string, Partial<KnownSettings>, object, string]>([
  ['of somebody else', { ownerId: 'ben' }, {}, 'not_owner'],
  ['where nobody owns the bike', { ownerId: undefined }, {}, 'not_owner'],
  ['for a bike that is disputed', { isContested: true }, {}, 'contested'],
  ['about settings that have changed', { version: 4 }, {}, 'changed'],
  ['after a change at the bike', { reported: { ...report(3, 2), atMs: 900 } }, {}, 'changed'],
  ['that holds already, also with an old tag', { version: 9 }, { values: desired.values }, 'unchanged'],
  ['for nothing, where something was wished', { version: 9 }, { values: {} }, 'changed'],
])('a wish %s changes nothing', (_, over, asked, outcome) => {
  const plan = planWish(known(agreed, over), wish(asked))
  expect(plan.outcome.outcome).toBe(outcome)
  expect(plan).toMatchObject({ isDue: false })
  expect(plan.settings).toBeUndefined()
})

test('a wish for no settings at all is one, too: the bike’s own defaults', () => {
  const { settings } = planWish(known(noSettings), wish({ values: {}, isAbout: () => true }))
  expect(settings).toMatchObject({ version: 1, desired: { values: {} } })
})

const heard = (version: number, localChanges: number) => ({ ...report(version, localChanges), atMs: 1_000 })
test.each<
  [string, BikeSettings, SettingsReport, SettingsOutcome, Partial<BikeSettings> | undefined, boolean]
>([
  [
    'the newest version',
    waiting,
    report(4, 0),
    'agreed',
    { reported: heard(4, 0), agreedAtMs: 1_000 },
    false,
  ],
  [
    'the newest version once more',
    agreed,
    report(3, 1),
    'agreed',
    { reported: heard(3, 1), agreedAtMs: 1_000 },
    false,
  ],
  ['fewer changes than before', agreed, report(3, 0), 'repeated', undefined, false],
  ['an older version', waiting, report(3, 2), 'stale', { reported: heard(3, 2) }, true],
  ['a version of the former owner', waiting, report(1, 7), 'stale', undefined, true],
  ['a version that was never given', waiting, report(9, 0), 'ahead', { version: 10 }, true],
  [
    'anything, where nothing is wished',
    noSettings,
    report(0, 0),
    'agreed',
    { reported: heard(0, 0), agreedAtMs: 1_000 },
    false,
  ],
  [
    'the former owner’s, where nothing is wished',
    { ...noSettings, version: 4, sinceVersion: 4 },
    report(3, 0),
    'stale',
    undefined,
    false,
  ],
])('a report of %s', (_, settings, said, outcome, changes, isDue) => {
  const plan = planReport(known(settings), said)
  expect(plan.outcome).toBe(outcome)
  expect(plan.settings).toEqual(changes && { ...settings, ...changes })
  expect(plan.isDue).toBe(isDue)
})

test('a change at the bike becomes what is wished, with what only the platform knows', () => {
  const { outcome, settings } = planReport(known(agreed), report(3, 2))
  expect(outcome).toBe('changed_at_bike')
  expect(settings?.desired).toEqual({
    values: { assistLevel: 5, lightMode: 'on', massKg: 95 },
    atMs: 1_000,
  })
  expect([tagOf(agreed), tagOf(settings as BikeSettings)]).toEqual(['"3.1"', '"3.2"'])
})
