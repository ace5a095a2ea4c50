// Arbitrary tracks for property tests: every kind, extremes of every range, missing columns and cells.
import fc from 'fast-check'
import { type Field, type FieldKey, fields, type Kind, kinds, limits, type Track } from '../proto/index.ts'

const uuid = fc.uuid()
const uint32 = fc.integer({ min: 0, max: 0xffffffff })

function timesMs(samples: number): fc.Arbitrary<number[]> {
  const steps = fc.array(fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 5e9 })), {
    minLength: samples,
    maxLength: samples,
  })
  return fc
    .tuple(fc.integer({ min: 0, max: limits.timeMs - 1 - samples * 5e9 }), steps)
    .map(([start, all]) => {
      let at = start
      return all.map((step, i) => {
        at += i === 0 ? 0 : step
        return at
      })
    })
}

/** Of a coordinate never 0, so that no pair is 0/0; never a code for no value. */
function cell({ key, min, max, none = [] }: Field): fc.Arbitrary<number> {
  const taken = /^(latitude|longitude)/.test(key) ? [0, ...none] : none
  return fc
    .oneof(fc.constantFrom(min, max), fc.integer({ min, max }))
    .filter((value) => !taken.includes(value))
}

/** The samples that lack a cell; latitude and longitude share theirs. */
function mask(samples: number): fc.Arbitrary<boolean[]> {
  const some = fc.array(fc.boolean(), { minLength: samples, maxLength: samples })
  return fc.oneof(fc.constant(Array<boolean>(samples).fill(false)), some)
}

function columns(kind: Kind, samples: number): fc.Arbitrary<Track['columns']> {
  const table: readonly (Field & { key: FieldKey })[] = fields[kind]
  const column = (field: Field & { key: FieldKey }) =>
    fc.record({
      key: fc.constant(field.key),
      present: fc.boolean(),
      missing: mask(samples),
      cells: fc.array(cell(field), { minLength: samples, maxLength: samples }),
    })
  return fc.tuple(...table.map(column)).map((drafts) => {
    const latitude = drafts[0]
    return drafts
      .map((draft) =>
        draft.key === 'longitude_deg' && latitude
          ? { ...draft, present: latitude.present, missing: latitude.missing }
          : draft,
      )
      .filter(({ present }) => present)
      .map(({ key, cells, missing }) => ({
        key,
        values: cells.map((value, i) => (missing[i] ? Number.NaN : value)),
      }))
  })
}

const partText = fc.oneof(
  fc.constantFrom('battery', 'motor', 'display'),
  fc.string({ minLength: 1, maxLength: 64 }),
)
const parts = fc.uniqueArray(fc.record({ slot: partText, serialNumber: partText }), {
  minLength: 1,
  maxLength: limits.partsPerTrack,
  selector: ({ slot }) => slot,
})

export const arbitraryTrack: fc.Arbitrary<Track> = fc
  .tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 40 }))
  .chain(([kind, samples]) =>
    fc.record(
      {
        bikeId: uuid,
        recorderId: uuid,
        kind: fc.constant(kind),
        clock: fc.record(
          { bootId: uint32, clockEpoch: uint32, monotonicStartMs: fc.maxSafeNat() },
          { requiredKeys: ['bootId', 'clockEpoch'] },
        ),
        sequence: fc.maxSafeNat(),
        recordingId: fc.maxSafeNat(),
        parts,
        timesMs: timesMs(samples),
        columns: columns(kind, samples),
      },
      { requiredKeys: ['bikeId', 'recorderId', 'kind', 'clock', 'timesMs', 'columns'] },
    ),
  )

/** A decoded track with plain arrays, so that it compares with what was written. */
export function plain(track: Track): Track {
  return {
    ...track,
    timesMs: Array.from(track.timesMs),
    columns: track.columns.map(({ key, values }) => ({ key, values: Array.from(values) })),
  }
}
