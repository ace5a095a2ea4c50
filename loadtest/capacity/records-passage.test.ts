import { expect, test } from 'vitest'
import { records } from './fixtures.ts'
import { recordsPassage } from './records-passage.ts'

test('the page tells how the records were made, and what they say of one process and two', () => {
  const passage = recordsPassage(records)
  expect(passage).toContain('    BENCH_TRACK=300 npm run bench -- scale\n')
  expect(passage).toContain('2026-01-02 on 2 cores (Model T), 24 GiB, Node v24.0.0')
  const cells = passage
    .split('\n')
    .filter((line) => line.startsWith('| latest'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  expect(cells).toEqual([
    ['', 'latest', '300', '363,636', '727,273', '2.20 µs', '2.42 µs', ''],
    ['', 'latest', '20', '160,000', '320,000', '5.00 µs', '5.50 µs', ''],
  ])
  expect(passage).toContain('With two processes, a sample took from 1.10 times (')
})
