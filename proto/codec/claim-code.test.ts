import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claimCode, claimCodeCharacters } from './claim-code.ts'

const random = fc.uint8Array({ minLength: 16, maxLength: 16 })

test('a code is read back as it was printed, and as people type it', () => {
  fc.assert(
    fc.property(random, (bytes) => {
      const code = claimCode(bytes)
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
      const characters = code.replaceAll('-', '')
      const typed = code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('-', ' ')
      expect([code, characters, ` ${typed}\n`].map(claimCodeCharacters)).toEqual([
        characters,
        characters,
        characters,
      ])
    }),
  )
})

test('80 bits count: each of the 16 characters takes 32 values', () => {
  const values = Array.from({ length: 256 }, (_, byte) => claimCode(new Uint8Array(16).fill(byte))[0])
  expect(new Set(values).size).toBe(32)
})

test.each([
  ['too short', '0000-0000-0000-000'],
  ['too long', '0000-0000-0000-00000'],
  ['a letter that no code has', 'U000-0000-0000-0000'],
  ['other writing', '٠٠٠٠-٠٠٠٠-٠٠٠٠-٠٠٠٠'],
  ['a text without end', '0000-0000-0000-0000'.padEnd(65, '-')],
  ['nothing', ''],
])('%s is no code', (_, text) => {
  expect(claimCodeCharacters(text)).toBeUndefined()
})

test('a code is made of 16 bytes', () => {
  expect(() => claimCode(new Uint8Array(10))).toThrow('16 random bytes')
})
