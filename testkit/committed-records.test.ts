import { expect, test } from 'vitest'
import { createCommittedRecords, type LogEntry } from './committed-records.ts'

type Written = { readonly name: string }

/** Entries of a log in words: `1a` is record a of producer 1's transaction, `1!` its commit, `1x` its abort, `-p` a plain record. */
function entry(word: string, index: number): LogEntry<Written> {
  const [producerId = '', name = ''] = word
  const content = name === '!' ? 'commit' : name === 'x' ? 'abort' : { name }
  return { offset: BigInt(index), producerId, inTransaction: producerId !== '-', content }
}

test.each<[string, string, string, bigint | undefined]>([
  ['plain records are seen at once', '-a -b', 'ab', undefined],
  ['a transaction is seen with its commit', '1a 1b 1!', 'ab', undefined],
  ['and not without it, nor what lies behind it', '1a -b', '', 0n],
  ['an aborted one is not seen', '1a 1x -b', 'b', undefined],
  ['a committed one after an aborted one of the same producer is', '1a 1x 1b 1!', 'b', undefined],
  ['an abort that wrote nothing hides no record before or after it', '1a 1! 1x 1b 1!', 'ab', undefined],
  ['aborted transactions that overlap are neither seen', '1a 2b 3c 1d 2x 3! 1x', 'c', undefined],
  ['committed ones that overlap are seen in the order of the log', '1a 2b 1c 2! 1!', 'abc', undefined],
  ['one that stays open holds back what lies behind it only', '-a 1b 2c 2!', 'a', 1n],
])('%s', (_, log, seen, undecidedFrom) => {
  const committed = createCommittedRecords<Written>()
  const records = log.split(' ').flatMap((word, index) => committed.add(entry(word, index)))
  expect(records.map(({ name }) => name).join('')).toBe(seen)
  expect(committed.undecidedFrom()).toBe(undecidedFrom)
})
