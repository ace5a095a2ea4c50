import { expect, test } from 'vitest'
import { commandOf } from './report.ts'

test('a record tells the command it was made with, and the settings that benchmarks read', () => {
  const env = { PATH: '/bin', BENCH_TRACK: '20', BENCH_SAMPLES: '3000000' }
  expect(commandOf(['scale', '--json', 'short.json'], env)).toBe(
    'BENCH_SAMPLES=3000000 BENCH_TRACK=20 npm run bench -- scale --json short.json',
  )
})
