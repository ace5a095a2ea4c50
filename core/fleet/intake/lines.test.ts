import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEncodingGuess, decode, linesOf, longestLine } from './lines.ts'
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

const utf16le = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'))
const text = 'Größe;5 €\n'

async function* byByte(bytes: Uint8Array) {
  for (const byte of bytes) yield Uint8Array.of(byte)
}

test.each([
  ['UTF-8', 'utf-8', new TextEncoder().encode(text)],
  ['UTF-8 with a byte order mark', 'utf-8', new TextEncoder().encode(`\ufeff${text}`)],
  ['UTF-16 as Windows writes it', 'utf-16le', utf16le(`\ufeff${text}`)],
  ['UTF-16 the other way round', 'utf-16be', utf16le(`\ufeff${text}`).reduce(swapped, new Uint8Array())],
  ['Windows-1252', 'windows-1252', Uint8Array.from([...text], (c) => ({ '€': 0x80 })[c] ?? c.charCodeAt(0))],
])('%s is found out and decoded, byte by byte', async (_, encoding, bytes) => {
  const guess = createEncodingGuess()
  for await (const chunk of byByte(bytes)) guess.see(chunk)
  expect(guess.result()).toBe(encoding)
  expect((await collect(decode(byByte(bytes), guess.result()))).join('')).toBe(text)
})

test('a file that ends within a character is UTF-8 all the same, and its end is no character', async () => {
  const half = new TextEncoder().encode('aä').subarray(0, 2)
  const guess = createEncodingGuess()
  guess.see(half)
  expect(guess.result()).toBe('utf-8')
  expect((await collect(decode(byByte(half), 'utf-8'))).join('')).toBe('a\ufffd')
})

function swapped(bytes: Uint8Array, byte: number, index: number): Uint8Array {
  return Uint8Array.from(
    index % 2 === 0 ? [...bytes, byte] : [...bytes.subarray(0, -1), byte, ...bytes.subarray(-1)],
  )
}
