// The command itself, as people type it.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { optionOf, parameterNames } from './parameters.ts'
import { quotedPage } from './quote.ts'

const command = fileURLToPath(new URL('capacity.ts', import.meta.url))

function capacity(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], (error, stdout, stderr) =>
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

test('help names every assumption', async () => {
  const { stdout } = await capacity('--help')
  expect(parameterNames.filter((name) => !stdout.includes(`--${optionOf(name)} `))).toEqual([])
})

test.each([
  [['--bikes', 'many'], '--bikes: '],
  [['--bikes', '-5'], 'bikes'],
  [['--years', '1000'], '--years: more than 100'],
  [['--bicycles', '5'], 'bicycles'],
  [['now'], 'cannot now'],
])('%j is refused in words', async (args, words) => {
  const { code, stderr } = await capacity(...args)
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)])
})

test('docs/capacity.md quotes what the command prints (else: node loadtest/capacity/quote.ts)', () => {
  const { is, shouldBe } = quotedPage()
  expect(is).toContain('GiB a year (one copy)')
  expect(is).toBe(shouldBe)
})
