import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runK6 } from './run-k6.ts'

/** Runs what ends as k6 would with that exit code; nobody here asks it to end. */
async function runEnding(code: number) {
  const folder = await mkdtemp(join(tmpdir(), 'run-k6-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const k6 = join(folder, 'k6')
  await writeFile(k6, `#!/bin/sh\necho the last words >&2\nexit ${code}\n`)
  await chmod(k6, 0o755)
  const end = new AbortController().signal
  return runK6({ k6, folder, onPoint: () => undefined, end, withinMs: 30_000 })
}

test.each([
  ['by itself', 0, false],
  ['with a threshold that does not hold', 99, false],
  ['interrupted by whomever', 105, true],
])('k6 that ends %s', async (_, code, isEarly) => {
  expect(await runEnding(code)).toEqual({ isEarly })
})

test('k6 that could not do its work is told of with its last words', async () => {
  await expect(runEnding(107)).rejects.toThrow('k6 ended with 107:\nthe last words')
})
