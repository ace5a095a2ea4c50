// Codes by which a rider shows that a bike was handed over to him: 80 random bits in Crockford's base 32, read as people type.

/** Without I, L, O and U, which people mistake for others. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 16

/**
 * Makes the code of 16 random bytes, of which each gives five bits; in groups of four, as it is printed.
 *
 *     16 bytes of zero → 0000-0000-0000-0000
 */
export function claimCode(random: Uint8Array): string {
  if (random.length !== length) throw new RangeError(`a code takes ${length} random bytes`)
  const characters = Array.from(random, (byte) => alphabet[byte & 31]).join('')
  return (characters.match(/.{4}/g) ?? []).join('-')
}

/**
 * The 16 characters of which the SHA-256 is taken, in ASCII. Undefined where the text is no code.
 *
 *     'o1ab-cdef ghjk.mnpq' → '01ABCDEFGHJKMNPQ';  'K7QM' → undefined
 */
export function claimCodeCharacters(text: string): string | undefined {
  if (text.length > 64) return undefined
  const characters = text
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
  const isCode = characters.length === length && [...characters].every((each) => alphabet.includes(each))
  return isCode ? characters : undefined
}
