import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesOf, longestLine } from './lines.ts'
import { collect } from './testing/collect.ts'

async function* pieces(...texts: string[]) {
  yield* texts
}
const all = (...texts: string[]) => collect(linesOf(pieces(...texts)))
const texts = async (...parts: string[]) => (await all(...parts)).map(({ text }) => text)

test('each line break counts, and half of one that a piece ends with does not count twice', async () => {
  expect(await texts('a\r\nb\nc\rd\r', '\ne')).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('the last line tells whether it is ended', async () => {
  expect((await all('a\nb')).map(({ isEnded }) => isEnded)).toEqual([true, false])
  expect((await all('a\nb\r')).map(({ isEnded }) => isEnded)).toEqual([true, true])
})

test('a line without end is cut, and the next one is whole', async () => {
  const endless = Array.from({ length: 40 }, () => 'x'.repeat(10_000))
  const lines = await all('a\n', ...endless, '\r', '\nb\n')
  expect(lines.map(({ text, isCut }) => [text.length, isCut])).toEqual([
    [1, false],
    [longestLine, true],
    [1, false],
  ])
  expect(lines.map(({ number }) => number)).toEqual([1, 2, 3])
})

test('lines do not depend on how the text is cut into pieces', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\r', '\n') })
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(20), { maxLength: 5 }), async (whole, cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), whole.length]
      const parts = at.slice(1).map((end, index) => whole.slice(at[index], end))
      expect(await all(...parts)).toEqual(await all(whole))
    }),
  )
})
