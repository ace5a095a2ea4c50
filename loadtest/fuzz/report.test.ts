import { expect, test } from 'vitest'
import { type FuzzRun, reportOf } from './report.ts'
import { createTally } from './tally.ts'

const outcome = { statuses: [202], acceptedTracks: 2, isSound: true, isBusy: false }
const refused = { statuses: [413], acceptedTracks: 0, isSound: false, isBusy: false }
const putOff = { statuses: [503], acceptedTracks: 0, isBusy: true }

/** 100 seconds of 10,000 cases: sound uploads, and bombs. */
function runOf(given: { accepted?: number; bombsPutOff?: number; soundCases?: number; bombs?: number }) {
  const { soundCases = 9_900, accepted = soundCases, bombs = 10_000 - soundCases, bombsPutOff = 0 } = given
  const tally = createTally()
  for (let number = 0; number < soundCases; number++) {
    const of = number < accepted ? outcome : { ...putOff, isSound: true }
    tally.add({ number, name: 'sound', outcome: of })
  }
  for (let number = 0; number < bombs; number++) {
    const of = number < bombsPutOff ? { ...putOff, isSound: false } : refused
    tally.add({ number, name: 'bomb', outcome: of })
  }
  const { acceptedTracks } = tally.now()
  const memory = { samples: 400, peakMiB: 300, growthMiB: 0 }
  return { ...tally.now(), seed: 1, seconds: 100, rawTracks: acceptedTracks, unreadable: [], memory }
}

test('a run that has met what it should passes', () => {
  expect(reportOf(runOf({ accepted: 9_850, bombsPutOff: 40 })).failures).toEqual([])
})

test.each<[string, FuzzRun, readonly string[]]>([
  [
    'an edge that answers 503 to everything',
    runOf({ accepted: 0, bombsPutOff: 100 }),
    [
      'only 0 of 9900 sound uploads were accepted',
      '9900 of 10000 cases were put off with 503',
      'only 0 of 100 bombs were refused',
    ],
  ],
  ['503 more often than rarely', runOf({ accepted: 9_790 }), ['110 of 10000 cases were put off with 503']],
  ['no sound upload at all', runOf({ soundCases: 0 }), ['0 sound uploads and 10000 bombs among 10000 cases']],
  [
    'memory that was not looked at',
    { ...runOf({}), memory: { samples: 0, peakMiB: 0, growthMiB: 0 } },
    ["the edge's memory was looked at 0 times in 100 s (it takes Linux)"],
  ],
  [
    'memory that was hardly looked at',
    { ...runOf({}), memory: { samples: 5, peakMiB: 300, growthMiB: 0 } },
    ["the edge's memory was looked at 5 times in 100 s (it takes Linux)"],
  ],
])('%s fails', (_, run, failures) => {
  expect(reportOf(run).failures).toEqual(failures)
})
