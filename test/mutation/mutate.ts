// `npm run mutate -- FOLDER …`: changes the code of a folder piece by piece and counts the changes that unit tests notice.
import { readFileSync } from 'node:fs'
import { setPriority, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { type Score, scoreOf } from './score.ts'

const goalPercent = 80
const usage = `npm run mutate -- FOLDER … [--force] [--concurrency N]
  FOLDER         as core/fleet/judging; the unit tests in it must notice the changes, not any from afar
  --force        runs what an earlier run has the result of, too
  --concurrency  processes that run tests; 1 unless given`

async function mutate(folder: string, options: { force: boolean; concurrency: number }): Promise<Score> {
  const name = folder.replaceAll('/', '-')
  const mutants = await new Stryker({
    ...options,
    mutate: [`${folder}/**/*.ts`, '!**/*.test.ts', '!**/testing/**'],
    mutator: { excludedMutations: ['StringLiteral'] },
    plugins: ['@stryker-mutator/vitest-runner'],
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', dir: folder },
    reporters: ['progress-append-only'],
    // StrykerJS 10 reads it with an interface that TypeScript 7 no longer has.
    tsconfigFile: 'none.json',
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 20,
    incremental: true,
    incrementalFile: `.data/mutation/${name}.json`,
    // Outside the clone: other test runs would take the copied tests for theirs.
    tempDirName: join(tmpdir(), `mutation-${process.pid}`),
    cleanTempDir: 'always',
    allowConsoleColors: false,
  }).runMutationTest()
  return scoreOf(
    mutants.map((mutant) => ({ ...mutant, fileName: relative('.', mutant.fileName) })),
    (file) => readFileSync(file, 'utf8'),
  )
}

const { positionals: folders, values } = parseArgs({
  allowPositionals: true,
  options: { force: { type: 'boolean', default: false }, concurrency: { type: 'string', default: '1' } },
})
if (folders.length === 0) {
  process.stderr.write(`${usage}\n`)
  process.exit(2)
}
setPriority(10)
const lines: string[] = []
for (const folder of folders) {
  const score = await mutate(folder.replace(/\/+$/, ''), {
    force: values.force,
    concurrency: Number(values.concurrency),
  })
  for (const survivor of score.survivors) process.stdout.write(`${survivor}\n`)
  lines.push(`${folder}: ${score.killed} killed, ${score.survived} survived, ${score.percent.toFixed(1)} %`)
  if (score.percent < goalPercent) process.exitCode = 1
}
process.stdout.write(`${lines.join('\n')}\n`)
