import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { QuarantinedTrackSchema, QuarantineReason, writeTrack } from '../../../proto/index.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { answer, form } from './command-answers.ts'
import type { KeptEntry, QuarantineFilter } from './port.ts'

const id = '5b0c6a1e-0000-4000-8000-000000000001'
const bikeId = '5b0c6a1e-0000-4000-8000-000000000002'
const at = Date.UTC(2026, 0, 1)
const clock = { bootId: 1, clockEpoch: 2 }
const track = { bikeId, recorderId: id, kind: 'ride', clock, timesMs: [at, at + 1_000], columns: [] } as const
const recordOf = (of: object) => toBinary(QuarantinedTrackSchema, create(QuarantinedTrackSchema, of))

const entry: KeptEntry = {
  ...{ id, trackId: id, uploadId: id, bikeId, stage: 'normalize', reason: 'bike_foreign', samples: 2 },
  ...{ ranges: '0+2', detail: 'the sender never owned the bike', bikeVersion: 3 },
  ...{ quarantinedAtMs: at, receivedAtMs: at - 1, replayedAtMs: null },
  record: recordOf({
    raw: { sender: 'anna', track: writeTrack(track) },
    reason: QuarantineReason.BIKE_FOREIGN,
  }),
}

const why = ['--reason', 'ticket 7']

async function ask(args: string[], entries: KeptEntry[] = [entry]) {
  const asked: unknown[] = []
  const store = {
    async list(filter: QuarantineFilter, limit: number) {
      asked.push([filter, limit])
      return entries.map(({ record: _, ...listed }) => listed)
    },
    async count() {
      return entries.map(({ reason, samples }) => ({ reason, entries: 1, samples }))
    },
    find: async (wanted: string) => entries.find((each) => each.id === wanted),
  }
  const replay = async (...of: [filter: QuarantineFilter, limit: number, how?: object]) => {
    asked.push(of)
    return { entries: 3, tracks: 2 }
  }
  const looks: unknown[] = []
  const look = async (...seen: unknown[]) => void looks.push(seen)
  return { text: await answer({ store, replay, look }, readRequest(form, args)), asked, looks }
}

test('list shows the oldest entries and counts of all', async () => {
  const { text, asked } = await ask(['list'])
  expect(asked).toEqual([[{ reason: undefined, bikeId: undefined }, 50]])
  expect(text.split('\n')).toEqual([
    `${id}  2026-01-01T00:00:00.000Z  normalize  bike_foreign  bike ${bikeId}  2 samples  the sender never owned the bike`,
    '',
    'bike_foreign: 2 samples in 1 entries',
  ])
})

test('list takes filters and a limit, and says when there is nothing', async () => {
  const args = ['list', '--reason', 'bike_foreign', '--bike', bikeId, '--limit', '7']
  expect(await ask(args, [])).toEqual({
    text: 'nothing in quarantine',
    asked: [[{ reason: 'bike_foreign', bikeId }, 7]],
    looks: [],
  })
})

test('an entry of no known bike says so', async () => {
  expect((await ask(['list'], [{ ...entry, bikeId: null }])).text).toContain('bike unknown')
})

test('list --json shows all facts, with times in ISO 8601', async () => {
  const replayed = { ...entry, replayedAtMs: at + 1, receivedAtMs: null }
  const { record: _, quarantinedAtMs: __, receivedAtMs: ___, replayedAtMs: ____, ...rest } = entry
  expect(JSON.parse((await ask(['list', '--json'], [entry, replayed])).text)).toEqual([
    {
      ...rest,
      quarantinedAt: '2026-01-01T00:00:00.000Z',
      receivedAt: '2025-12-31T23:59:59.999Z',
      replayedAt: null,
    },
    {
      ...rest,
      quarantinedAt: '2026-01-01T00:00:00.000Z',
      receivedAt: null,
      replayedAt: '2026-01-01T00:00:00.001Z',
    },
  ])
})

test('who looks at an entry is logged for its sender and for the owners of its bike', async () => {
  const { looks } = await ask(['show', id, ...why, '--name', 'eva'])
  expect(looks).toEqual([
    [
      { bikes: [{ bikeId }], riders: ['anna'] },
      { verb: 'show', reason: 'ticket 7', name: 'eva' },
    ],
  ])
})

test('show tells all of one entry: the sender, what the track is, and its bytes', async () => {
  const shown = JSON.parse((await ask(['show', id, ...why])).text)
  expect(shown).toMatchObject({
    id,
    sender: 'anna',
    track: {
      recorderId: id,
      kind: 'ride',
      clock,
      samples: 2,
      recorded: { from: '2026-01-01T00:00:00.000Z', until: '2026-01-01T00:00:01.000Z' },
    },
    bytes: Buffer.from(writeTrack(track)).toString('base64'),
  })
})

test.each([
  ['whose track is broken', { raw: { sender: 'anna', track: Uint8Array.of(255) } }, true],
  ['that is no track at all', { record: Uint8Array.of(255) }, false],
])('an entry %s is shown by its bytes', async (_, record, hasSender) => {
  const shown = JSON.parse((await ask(['show', id, ...why], [{ ...entry, record: recordOf(record) }])).text)
  expect(shown).not.toHaveProperty('track')
  expect('sender' in shown).toBe(hasSender)
  expect(shown.bytes).toBe('/w==')
})

const squeezed = { ...entry, reason: 'implausible_pace' }

test('accept sends a track of an implausible pace through again, and is logged as a look', async () => {
  const { text, asked, looks } = await ask(['accept', id, ...why], [squeezed])
  expect(text).toBe('accepted the pace of 2 tracks')
  expect(asked).toEqual([[{ id }, 1, { paceAccepted: true }]])
  expect(looks).toEqual([
    [
      { bikes: [{ bikeId }], riders: ['anna'] },
      { verb: 'accept', reason: 'ticket 7', name: undefined },
    ],
  ])
})

test.each([
  ['of another reason', entry, 'waits as bike_foreign, of which nothing can be accepted'],
  ['that was replayed', { ...squeezed, replayedAtMs: at }, 'was replayed already'],
])('an entry %s cannot be accepted', async (_, wrong, message) => {
  await expect(ask(['accept', id, ...why], [wrong])).rejects.toThrow(message)
})

test('an entry that is not there is an error', async () => {
  await expect(ask(['show', bikeId, ...why])).rejects.toThrow(`no entry ${bikeId}`)
})

test.each([
  [[], { id: undefined, reason: undefined, bikeId: undefined }, 1_000_000],
  [['--id', id], { id, reason: undefined, bikeId: undefined }, 1_000_000],
  [
    ['--reason', 'conflict', '--bike', bikeId, '--limit', '5'],
    { id: undefined, reason: 'conflict', bikeId },
    5,
  ],
])('replay %j sends the entries of that filter', async (args, filter, limit) => {
  expect(await ask(['replay', ...args])).toEqual({
    text: 'replayed 2 tracks (3 entries)',
    asked: [[filter, limit]],
    looks: [],
  })
})

test.each([
  ['list', '--reason', 'no_such'],
  ['list', '--reason', 'unspecified'],
  ['list', '--limit', '0'],
  ['list', '--limit', '1000001'],
  ['list', '--limit', '1.5'],
  ['list', '--id', id],
  ['show'],
  ['show', 'nothing'],
  ['show', id],
  ['show', id, ...why, '--json'],
  ['accept', id],
  ['replay', '--json'],
])('%j is refused', async (...args) => {
  await expect(ask(args)).rejects.toThrow()
})

test('the longest list that may be asked for', async () => {
  expect((await ask(['list', '--limit', '1000000'])).asked).toEqual([[expect.anything(), 1_000_000]])
})
