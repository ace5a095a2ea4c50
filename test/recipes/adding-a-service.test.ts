// Follows "Adding a service" of docs/development.md on a copy of the repository, word for word.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import { copyTree } from '../../testkit/tree-copy.ts'

interface Step {
  /** Named in backticks where it is new, linked where it is there. */
  readonly file: string
  readonly isNew: boolean
  readonly lines: readonly string[]
}

const docs = join(import.meta.dirname, '../../docs')
const copy = copyTree()
afterAll(copy.remove, 600_000)

function recipe(): Step[] {
  const page = readFileSync(join(docs, 'development.md'), 'utf8')
  const section = page.split('\n## ').find((part) => part.startsWith('Adding a service')) ?? ''
  const steps = section.matchAll(
    /^\d\. .*?(?:`(core\/\S+?)`|\]\((\S+?)(?:#\S+)?\)).*?```\w+\n(.*?)\n\s*```/gms,
  )
  return [...steps].map(([, newFile, linked = '', block = '']) => ({
    file: newFile ?? join('docs', linked),
    isNew: newFile !== undefined,
    lines: block.split('\n').map((line) => line.replace(/^ {3}/, '')),
  }))
}

function follow({ file, isNew, lines }: Step, below = ''): void {
  if (isNew) {
    mkdirSync(dirname(join(copy.root, file)), { recursive: true })
    copy.write(file, `${lines.join('\n')}\n`)
  } else copy.insertBelow(file, below, lines)
}

const unitTests = (paths: string) => copy.run(`vitest run --project unit ${paths}`)
const startsWithinMs = 120_000
const refusal = (named: string) => ({
  code: expect.toSatisfy((code) => code > 0),
  output: expect.stringContaining(named),
})
const pass = { code: 0 }

test('a service is known wherever services are named, and until all steps are done a check refuses it', {
  timeout: 600_000,
}, async () => {
  const [plan, planTest, worker, service, row, cost, docsRow] = recipe() as [
    Step,
    Step,
    Step,
    Step,
    Step,
    Step,
    Step,
  ]
  for (const step of [plan, worker, service]) follow(step)
  const rooms = 'infra/local/processes.test.ts test/structure/services.test.ts core/fleet/models'
  const halfDone = await unitTests(rooms)
  for (const named of ['each plan has unit tests', 'fleet/models'])
    expect(halfDone).toMatchObject(refusal(named))
  follow(planTest)
  follow(row, 'export const services = [')
  const tables = 'docs loadtest/capacity/capacity.test.ts loadtest/capacity/model.test.ts'
  const names = ['the services of core', 'the topics', 'the settings', 'every service of the platform']
  const incomplete = await unitTests(tables)
  for (const name of names) expect(incomplete).toMatchObject(refusal(name))
  follow(cost, 'export const quietServices = [')
  expect(await copy.run('node loadtest/capacity/quote.ts')).toMatchObject(pass)
  follow(docsRow, '| ----')
  copy.write('docs/operations.md', withNames(copy.read('docs/operations.md')))
  const tasks = 'infra/terraform/render-services.test.ts'
  expect(await unitTests(`${tasks} test/structure/services.test.ts`)).toMatchObject(refusal('models'))
  const group = 'infra/kubernetes/groups/telemetry.yaml'
  copy.write(group, copy.read(group).replace('core/main.ts, normalize', 'core/main.ts, models, normalize'))
  expect(await copy.run('node infra/terraform/render-services.ts')).toMatchObject(pass)
  expect(await unitTests(`${rooms} ${tables} ${tasks}`)).toMatchObject(pass)
  const usage = await copy.run('node core/main.ts --help')
  expect(usage.output).toContain('logs how many bikes of each model were published')
  // Files that git does not know are not looked at.
  const imports = () => copy.run('git init -q && git add -A && node test/structure/check-imports.ts')
  expect(await imports()).toMatchObject(pass)
  copy.write(plan.file, `import 'node:fs'\n${plan.lines.join('\n')}\n`)
  expect(await imports()).toMatchObject(refusal(`${plan.file} → fs`))
  follow(plan)
  expect(await startAndStop('models'), 'exit code').toBe(0)

  // Whole of core; the types of tests are no concern of this one.
  const include = ['core', 'test/global-setup.ts']
  const config = { extends: './tsconfig.json', include, exclude: ['**/*.test.ts', 'node_modules'] }
  copy.write('tsconfig.recipe.json', JSON.stringify(config))
  expect(await copy.run('tsc --noEmit --project tsconfig.recipe.json')).toEqual({ code: 0, output: '' })
})

/** Runs the service, whose engines are away, until it tells of its health, and stops it; its exit code. */
async function startAndStop(name: string): Promise<number> {
  const env = { ...process.env, KAFKA_BROKERS: '127.0.0.1:9', LOG_LEVEL: 'info' }
  const child = spawn(process.execPath, ['core/main.ts', name], {
    ...{ cwd: copy.root, env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const lines = createInterface({ input: child.stdout, signal: AbortSignal.timeout(startsWithinMs) })
  for await (const line of lines) if (line.includes('"adminPort"')) break
  child.kill('SIGTERM')
  const [code] = await gone
  return code
}

/** As the test of the docs prints them: who reads bike.entity, and who needs no PostgreSQL. */
function withNames(page: string): string {
  return page
    .replace('all but tiers, console ', 'all but models, tiers, console ')
    .replace(/(\| `bike\.entity` .*?\| fleet +\| )bikes /, '$1models, bikes ')
}
