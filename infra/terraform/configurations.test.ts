import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configurations, terraformDir } from './tool.ts'

const read = (path: string) => readFileSync(join(terraformDir, path), 'utf8')
const lock = read('.terraform.lock.hcl')
const roots = configurations().filter((folder) => !folder.startsWith('modules/'))

test.each(roots)('%s has the lock that is checked here', (folder) => {
  expect(read(join(folder, '.terraform.lock.hcl'))).toBe(lock)
})

test('the lock knows the provider for Linux and macOS, and all its packages', () => {
  expect(lock.match(/"h1:/g)).toHaveLength(2)
  expect(lock.match(/"zh:/g)).toHaveLength(15)
})

test.each(configurations())('%s has a README, tests, and the provider by its version', (folder) => {
  expect(
    globSync(`${folder}/{README.md,tests/*.tftest.hcl,versions.tf}`, { cwd: terraformDir }),
  ).toHaveLength(3)
  expect(read(join(folder, 'versions.tf'))).toContain('version = "5.100.0"')
})

/** Of `variable "zones" { … }` in a file: its name and its text. */
const variablesOf = (folder: string) =>
  globSync(`${folder}/*.tf`, { cwd: terraformDir }).flatMap((file) =>
    [...read(file).matchAll(/^variable "(\w+)" \{\n(.*?)^\}/gms)].map(([, name = '', body = '']) => ({
      name,
      body,
    })),
  )

test.each(configurations())(
  '%s describes its variables with their types, and holds four in five to a rule',
  (folder) => {
    const variables = variablesOf(folder)
    const bare = variables.filter(
      ({ body }) => !/^ {2}type +=/m.test(body) || !/^ {2}description += ".{10,}"/m.test(body),
    )
    expect(bare.map(({ name }) => name)).toEqual([])
    const ruled = variables.filter(({ body }) => !/^ {2}type += bool$/m.test(body))
    const held = ruled.filter(({ body }) => body.includes('validation {'))
    expect(held.length).toBeGreaterThanOrEqual(0.8 * ruled.length)
  },
)

test('each alarm names a section of the runbook that is there', () => {
  const alarms = read('modules/observability/main.tf')
  const anchors = [...alarms.matchAll(/\$\{local\.runbook\}#([a-z-]+)/g)].map(([, anchor]) => anchor)
  const headings = [...read('../../docs/operations.md').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
  expect(anchors.length).toBeGreaterThan(5)
  expect(anchors.filter((anchor) => !headings.includes(anchor ?? ''))).toEqual([])
})
