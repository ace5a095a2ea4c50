// The commands of the operator's console: each verb either logs whose data it shows, and is refused without a reason, or is in the
// list of those that show nobody, with why. A new verb is in neither, and fails.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

// A process for each takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const root = fileURLToPath(new URL('../../../', import.meta.url))

const logged: Readonly<Record<string, readonly string[]>> = {
  clocks: ['show'],
  consent: ['show', 'withdraw'],
  fleet: ['show', 'review show'],
  ownership: ['bike', 'cases'],
  quarantine: ['accept', 'show'],
  staff: ['approve', 'proposals', 'reject', 'show'],
}

const noPerson: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  authority: { '': 'modules, keys and certificates' },
  consent: {
    grant: 'repeats what the operator wrote; the consent keeps who gave it',
    text: 'what all riders are shown',
  },
  erasure: {
    propose: 'repeats what the operator wrote',
    hold: 'the same',
    show: 'the name of an erasure, which leads to nobody',
    certificate: 'the same',
    'replay-journal': 'how many erasures there are',
    again: 'the same',
    verify: 'the same',
  },
  estimates: { prior: 'numbers of a population of twenty riders or more' },
  'field-errors': { '': 'counts of groups of several riders who consent' },
  fleet: {
    find: 'numbers and models of bikes and components',
    'review list': 'numbers and findings of statements, without their text',
    'review accept-all': 'counts, and ids of statements that stay as they are',
    'review reject-all': 'the same',
    'review accept': 'the operator’s own decision, and ids of bikes that it touches',
    'review correct': 'the same',
    'review merge': 'the same',
    'review reject': 'the same',
    retract: 'ids and states of statements',
    republish: 'a count',
  },
  intake: { '': 'rows of the operator’s own file' },
  partner: { '': 'plants, dealers and their keys' },
  quarantine: { list: 'ids of bikes, times of receipt and counts', replay: 'a count' },
  rebuild: {
    export: 'counts; the file is for the operator alone (mode 0600)',
    import: 'counts',
  },
  research: { '': 'researchers and their keys, and no rider' },
  'research-log': { verify: 'a number and a hash' },
  registry: {
    add: 'repeats what the operator wrote',
    import: 'a count, and faults of the operator’s own file',
    list: 'bikes, and whether somebody owns them',
  },
}

const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(`${root}package.json`, 'utf8'),
)
const files = Object.entries(scripts).flatMap(([name, script]) => {
  const file = /^node (core\/.*\/command\.ts)$/.exec(script)?.[1]
  return file === undefined ? [] : [{ name, file }]
})

const run = (file: string, args: readonly string[]) =>
  new Promise<{ code: number; text: string }>((done) => {
    execFile(process.execPath, [root + file, ...args], { env: {} }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    )
  })

test.each(files)('each verb of npm run $name is in one of the lists', ({ name, file }) => {
  const sources = ['', '-answers', '-request']
    .map((part) => file.replace('.ts', `${part}.ts`))
    .filter((each) => existsSync(root + each))
  const text = sources.map((each) => readFileSync(root + each, 'utf8')).join('\n')
  const lines = [...text.matchAll(/^ {2}npm run \S+ --(?: ((?:review )?[a-z-]+))?/gm)]
  const verbs = [...new Set(lines.map(([, verb = '']) => verb))].sort()
  expect(verbs.length).toBeGreaterThan(0)
  const whole = noPerson[name]?.[''] !== undefined
  const listed = [...(logged[name] ?? []), ...Object.keys(noPerson[name] ?? {})].sort()
  expect(whole ? [''] : verbs).toEqual(listed)
})

const looks = Object.entries(logged).flatMap(([name, verbs]) => verbs.map((verb) => ({ name, verb })))
test.each(looks)('npm run $name -- $verb without a reason is refused', async ({ name, verb }) => {
  const { file = '' } = files.find((each) => each.name === name) ?? {}
  const { code, text } = await run(file, verb.split(' '))
  expect(code).toBe(2)
  expect(text).toContain('--reason is missing')
})
