import { expect, test } from 'vitest'
import { createEncodingGuess, decode } from './decode.ts'
import { collect } from './testing/collect.ts'

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
