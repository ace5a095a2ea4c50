// Words of strangers for property tests: such as every object has by inheritance, such as terminals and browsers obey, and any other.
import fc from 'fast-check'

/** Found by `word in object` and `object[word]` in every plain object. */
export const inheritedWords = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf'] as const

/** PostgreSQL keeps no NUL, and files in UTF-8 no halves of characters: neither is among them. */
export const foreignWord: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...inheritedWords),
  fc.constantFrom('</script>', '<b onclick="x">', "'; rm -rf ~; '", '\u001b[2J', '=cmd', '\u202e'),
  fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
)

/** JSON with such words as names and as values. `__proto__` is a member of its own there, as `JSON.parse` makes it. */
export const foreignJson: fc.Arbitrary<unknown> = fc.letrec<{ any: unknown; members: [string, unknown][] }>(
  (tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      foreignWord,
      fc.constantFrom(null, true, 0, 1.5),
      fc.array(tie('any'), { maxLength: 3 }),
      tie('members').map((members) => Object.fromEntries(members)),
    ),
    members: fc.array(fc.tuple(foreignWord, tie('any')), { maxLength: 4 }),
  }),
).any
