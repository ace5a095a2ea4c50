import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type CaseName, type CaseSource, caseOf, caseShares } from './cases.ts'
import { demandOf, judgeAnswer } from './judge.ts'
import { gatherMaterials } from './materials.ts'
import { verdictOn } from './oracle.ts'
import type { Answer } from './transport.ts'

const materials = gatherMaterials()
const bikeIds = new Set(materials.bikeIds)
const source: CaseSource = { seed: 1, materials, bombs: [{ body: new Uint8Array(1) }] }
const numbers = Array.from({ length: 3_000 }, (_, number) => number)
const cases = numbers.map((number) => caseOf(number, source))

test('a case follows from seed and number alone', () => {
  for (const number of [2_999, 0, 17]) expect(caseOf(number, source)).toEqual(cases[number])
  expect(caseOf(17, { ...source, seed: 2 })).not.toEqual(cases[17])
})

test('each kind of case comes in its share', () => {
  for (const [name, share] of Object.entries(caseShares) as [CaseName, number][]) {
    const found = cases.filter((one) => one.name === name).length
    expect(found).toBeGreaterThan((cases.length * share) / 2_500)
    expect(found).toBeLessThan((cases.length * share) / 400 + 10)
  }
})

test('what is packed soundly can be unpacked', () => {
  for (const one of cases) {
    if (one.kind !== 'request' || one.plain === undefined) continue
    const { encoding, body } = one.packed
    const unpack = { gzip: gunzipSync, 'X-GZip': gunzipSync, br: brotliDecompressSync }[encoding ?? '']
    expect(Buffer.compare(unpack?.(body) ?? body, one.plain)).toBe(0)
  }
})

test('the cases meet every verdict', () => {
  const verdicts = cases.flatMap((one) => {
    if (one.kind !== 'request' || one.plain === undefined) return []
    return [verdictOn(one.plain, { packedBytes: one.packed.body.length, isCompressed: true, bikeIds }).status]
  })
  expect(new Set(verdicts)).toEqual(new Set([202, 400, 403]))
})

const first = (name: CaseName) =>
  cases.find((one) => one.name === name) as Extract<(typeof cases)[number], { kind: 'request' }>
const sound = first('sound')
const wanted = demandOf(sound, bikeIds)
const { status: _, ...accepted } = wanted as Extract<typeof wanted, { status: 202 }>
const answer = (status: number, body: object, retryAfter?: string): Answer => ({
  kind: 'answer',
  status,
  retryAfter,
  body: JSON.stringify(body),
})

test.each<[string, Answer, string]>([
  ['the acceptance of all tracks', answer(202, { accepted }), 'good'],
  ['the acceptance of fewer samples', answer(202, { accepted: { ...accepted, samples: 1 } }), 'fault'],
  ['a refusal', answer(400, {}), 'fault'],
  ['500', answer(500, {}), 'fault'],
  ['503 without Retry-After', answer(503, {}), 'fault'],
  ['503 with Retry-After', answer(503, {}, '1'), 'busy'],
  ['no answer', { kind: 'none', detail: 'reset' }, 'fault'],
])('to a sound upload, %s is judged rightly', (_, given, kind) => {
  expect(judgeAnswer(sound, given, wanted).kind).toBe(kind)
})

test.each<[string, Answer, string]>([
  ['the acceptance of nothing', answer(202, { accepted: { tracks: 0, samples: 0 } }), 'fault'],
  ['an answer that is no refusal', answer(404, {}), 'fault'],
  ['a refusal of its size', answer(413, {}), 'good'],
  ['503 with Retry-After', answer(503, {}, '1'), 'busy'],
])('to a bomb, %s is judged rightly', (_, given, kind) => {
  expect(judgeAnswer(first('bomb'), given, undefined).kind).toBe(kind)
})
