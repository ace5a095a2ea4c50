import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oneLine, shellQuoted, visible } from './foreign-text.ts'

test.each([
  ['clears the screen', 'BA1\u001b[2J', 'BA1\\u001b[2J'],
  ['a C1 sequence', '\u009b31m', '\\u009b31m'],
  ['written over', 'bad\rgood', 'bad\\u000dgood'],
  ['bidirectional override', 'a\u202eb', 'a\\u202eb'],
  ['beyond the first plane', '\u{e0041}', '\\udb40\\udc41'],
  ['lines and columns', 'a\n\tb', 'a\n\tb'],
  ['letters of the world', 'Škoda 電動 ½ €', 'Škoda 電動 ½ €'],
])('%s', (_, text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('a word stays in its line', () => {
  expect(oneLine('a\nheld: nothing\u2028b')).toBe('a\\u000aheld: nothing\\u2028b')
})

test('JSON stays what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(JSON.parse(visible(JSON.stringify({ text, odd: '\u202e\u0085' })))).toEqual({
        text,
        odd: '\u202e\u0085',
      })
    }),
  )
})

test('a shell reads a quoted word as it is, and runs nothing', () => {
  const words = ["it's", '$(touch x)', '`id`', '"; rm -rf /', "'; id; '", '\\', 'a\nb', "'\\''"]
  for (const word of words) {
    const read = execFileSync('/bin/sh', ['-c', `printf %s ${shellQuoted(word)}`], { encoding: 'utf8' })
    expect(read).toBe(word)
  }
})

test('no command of core/ writes to the terminal on its own', () => {
  const core = join(import.meta.dirname, '..')
  const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.ts$/.test(file) && !/\.test\.ts$|\.fixture\.ts$|\/testing\//.test(file),
  )
  expect(files.length).toBeGreaterThan(200)
  const writing = files.filter((file) =>
    /process\.std(out|err)|console\.\w/.test(readFileSync(join(core, file), 'utf8')),
  )
  expect(writing.sort()).toEqual(['runtime/command-line/run-command.ts'])
})
