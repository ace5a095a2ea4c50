// Text from outside, encoded for the place where it goes: a database, a terminal, a shell.

/** PostgreSQL's text has no NUL, and no half characters. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** In place: text that the database cannot keep, at any depth. */
export function makeStorable(message: object): void {
  for (const [name, value] of Object.entries(message)) {
    if (typeof value === 'string') Object.assign(message, { [name]: storable(value) })
    else if (typeof value === 'object' && value !== null) makeStorable(value)
  }
}

/** At most `longest` UTF-16 code units, without half a character at the end. */
export function cutText(text: string, longest: number): string {
  return text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')
}

/** All that a terminal obeys or hides: control and format characters (escape sequences, bidirectional overrides), line separators. */
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/gu
const unseenInText = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu

/**
 * The text as it may reach a terminal: what is not seen is written out, in the form that JSON knows, so JSON stays the same.
 *
 *     'BA1\u001b[2J' → 'BA1\\u001b[2J'
 */
export function visible(text: string): string {
  return text.replace(unseenInText, escaped)
}

/** The same for a word that must stay in its line. */
export function oneLine(word: string): string {
  return word.replace(unseen, escaped)
}

/**
 * A word as an argument of a POSIX shell, whatever it says.
 *
 *     it's $HOME → 'it'\''s $HOME'
 */
export function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')
}
