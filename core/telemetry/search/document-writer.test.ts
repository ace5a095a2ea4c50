import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fields, kinds } from '../../../proto/index.ts'
import { storedFields } from '../../engines/elasticsearch/mapping.ts'
import { documentTemplate, writeDocument, writeInteger } from './document-writer.ts'
import { openTrack } from './planned-track.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'

test('every integer of the wire is written in decimal', () => {
  const out = new Uint8Array(32)
  const written = (value: number) => new TextDecoder().decode(out.subarray(0, writeInteger(out, 0, value)))
  for (const value of [0, 9, 10, 999_999_999, 1e9, 1e9 + 1, 2 ** 31, 2 ** 32, 1e11, 253_402_300_799_999]) {
    expect(written(value)).toBe(String(value))
    expect(written(-value)).toBe(value === 0 ? '0' : `-${value}`)
  }
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => written(value) === String(value)))
})

test('a document has the identity, the provenance and every cell that is there', () => {
  const track = fc.constantFrom(...kinds).chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      offsetMs: fc.integer({ min: -1e11, max: 1e9 }),
      recordingId: fc.option(fc.maxSafeNat(), { nil: undefined }),
      cells: fc.tuple(
        ...fields[kind].map((field) => {
          const nothing: readonly number[] = 'none' in field ? field.none : []
          const value = fc.integer(field).filter((cell) => !nothing.includes(cell))
          return fc.option(value, { nil: Number.NaN })
        }),
      ),
    }),
  )
  fc.assert(
    fc.property(track, ({ kind, offsetMs, recordingId, cells }) => {
      const timesMs = [1_700_000_000_123]
      const paired = pairPosition(cells)
      const columns = fields[kind].map(({ key }, i) => ({ key, values: [paired[i] as number] }))
      const identity = { bikeId: newId(), recorderId: newId(), trackId: newId() }
      const bytes = cleanTrack({
        ...identity,
        kind,
        timesMs,
        columns,
        offsetMs,
        ...(recordingId !== undefined && { recordingId }),
        receivedAtMs: 1_700_000_060_000,
      })
      const template = documentTemplate(openTrack(bytes))
      const out = new Uint8Array(template.maxBytes)
      const text = new TextDecoder().decode(out.subarray(0, writeDocument(out, 0, { template, sample: 0 })))
      const [action = '', document = '', rest] = text.split('\n')
      expect(rest).toBe('')
      expect(JSON.parse(action)).toEqual({ create: {} })
      const present = storedFields[kind].flatMap(({ name }, i) =>
        Number.isNaN(paired[i]) ? [] : [[name, paired[i]] as const],
      )
      expect(JSON.parse(document)).toEqual({
        bike_id: identity.bikeId,
        recorder_id: identity.recorderId,
        kind,
        rider_id: 'rider-1',
        track_id: identity.trackId,
        ...(recordingId !== undefined && { recording_id: recordingId }),
        received_at: 1_700_000_060_000,
        clock_rule: offsetMs === 0 ? 'none' : 'sent_at',
        clock_offset_ms: offsetMs,
        '@timestamp': 1_700_000_000_123 + offsetMs,
        ...Object.fromEntries(present),
      })
    }),
  )
})

/** A latitude without its longitude is no position. */
function pairPosition(cells: readonly number[]): number[] {
  const [first = Number.NaN, second = Number.NaN, ...rest] = cells
  return Number.isNaN(first) || Number.isNaN(second) ? [Number.NaN, Number.NaN, ...rest] : [...cells]
}
