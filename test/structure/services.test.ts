// What the table of services and the rooms of the repository owe each other.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { services } from '../../core/services.ts'

const root = resolve(import.meta.dirname, '../..')
const filesOf = (pattern: string) => globSync(pattern, { cwd: root }).sort()

test('each service has a room with a service.ts, and each such room a row', () => {
  const rooms = services.map(({ room }) => `${room}/service.ts`).sort()
  expect(filesOf('{core,console}/**/service.ts').filter((file) => dirname(file) !== 'core/runtime')).toEqual(
    rooms,
  )
})

test('each plan has unit tests beside it', () => {
  const untested = filesOf('core/**/plan.ts').filter(
    (file) => !existsSync(resolve(root, file.replace('.ts', '.test.ts'))),
  )
  expect(untested).toEqual([])
})

test('each service runs in one group of Kubernetes', () => {
  const grouped = filesOf('infra/kubernetes/groups/*.yaml').flatMap((file) => {
    const [, names = ''] =
      /args: \[core\/main\.ts, (.+)\]/.exec(readFileSync(resolve(root, file), 'utf8')) ?? []
    return names === '' ? [] : names.split(', ')
  })
  expect(grouped.toSorted()).toEqual(services.map(({ name }) => name).toSorted())
})
