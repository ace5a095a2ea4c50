// The command itself, as people type it, on records of its own.
import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { recordsFolder } from './fixtures.ts'
import { optionOf, parameterNames } from './parameters.ts'
import { quoted, readPage } from './quote.ts'

const command = fileURLToPath(new URL('capacity.ts', import.meta.url))
const records = recordsFolder()
afterAll(() => rmSync(records, { recursive: true }))

function capacity(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args, '--records', records], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

test('it answers in words and in JSON, with the assumptions it was given', async () => {
  const text = await capacity('--bikes', '20000000')
  expect([text.code, text.stdout]).toEqual([0, expect.stringContaining('20,000,000 bikes, after 5 years')])
  const json = await capacity('--bikes', '1000', '--years', '2', '--rides-per-year', '7', '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({ years: 2, parameters: { bikes: 1_000, ridesPerYear: 7 } })
})

test('it writes the sizes of machines for Terraform', async () => {
  const file = join(records, 'sizes.auto.tfvars.json')
  const { code } = await capacity('--bikes', '1000', '--years', '1', '--tfvars', file)
  const { sizes } = JSON.parse(readFileSync(file, 'utf8'))
  expect([code, sizes.kafka.brokers]).toEqual([0, 3])
})

test('help names every assumption', async () => {
  const { stdout } = await capacity('--help')
  expect(parameterNames.filter((name) => !stdout.includes(`--${optionOf(name)} `))).toEqual([])
})

test.each([
  [['--bikes', 'many'], '--bikes: not a number'],
  [['--bikes', '-5'], 'bikes'],
  [['--bikes', '0.5'], '--bikes: must be a whole number of at least 1'],
  [['--years', '1000'], '--years: must be a whole number from 1 to 100'],
  [['--years', '2.5'], '--years: must be a whole number from 1 to 100'],
  [['--utilisation', '60'], '--utilisation: must be more than 0 and less than 1'],
  [['--utilisation', '1'], '--utilisation: must be more than 0 and less than 1'],
  [['--fill', '70'], '--fill: must be more than 0 and less than 1'],
  [['--replicas', '0.5'], '--replicas: must be a whole number of at least 1'],
  [['--recorded-share', '10'], '--recorded-share: must be more than 0 and at most 1'],
  [['--growth', '0.5'], '--growth: must be at least 1'],
  [['--warm-months', '1'], '--warm-months: must be at least --hot-months, which is 2'],
  [['--bicycles', '5'], 'bicycles'],
  [['now'], 'cannot now'],
])('%j is refused in words', async (args, words) => {
  const { code, stderr } = await capacity(...args)
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)])
})

test('a page is quoted anew from the records', () => {
  const page = [
    'Before.\n\n<!-- From the records: begin -->\nstale\n<!-- From the records: end -->\n',
    '```\n$ npm run capacity -- --bikes 7000 --years 2\nstale\n```\n\nAfter.\n',
  ].join('\n')
  const should = quoted(page, records)
  expect(should).toContain('BENCH_TRACK=20 npm run bench -- scale')
  expect(should).toContain('7,000 bikes, after 2 years')
  expect(should).not.toContain('stale')
  expect(quoted(should, records)).toBe(should)
  expect(() => quoted('no marks', records)).toThrow('<!-- From the records: begin -->')
}, 60_000)

test('docs/capacity.md quotes what the command prints (else: node loadtest/capacity/quote.ts)', () => {
  expect(readPage()).toBe(quoted(readPage()))
}, 60_000)
