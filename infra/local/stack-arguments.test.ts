import { expect, test } from 'vitest'
import { defaultDataDir } from './settings.ts'
import { parseStackArguments } from './stack-arguments.ts'

test('all options have defaults', () => {
  expect(parseStackArguments(['up'])).toEqual({
    command: 'up',
    name: '',
    dataDir: defaultDataDir(),
    namespace: '',
    enginesOnly: false,
    apart: false,
    secure: false,
  })
})

test('the secure stack has data of its own', () => {
  const { secure, dataDir } = parseStackArguments(['up', '--secure'])
  expect({ secure, shared: dataDir === defaultDataDir() }).toEqual({ secure: true, shared: false })
  expect(parseStackArguments(['down', '--secure']).dataDir).toBe(dataDir)
})

test('a restart has a name', () => {
  expect(parseStackArguments(['restart', 'kafka'])).toMatchObject({ command: 'restart', name: 'kafka' })
})

test('a data folder is made absolute', () => {
  expect(parseStackArguments(['up', '--data', 'x']).dataDir).toBe(`${process.cwd()}/x`)
})

test.each([
  ['an unknown option', ['up', '--unknown']],
  ['two commands', ['up', 'down']],
  ['a restart of nothing', ['restart']],
  ['a restart of two', ['restart', 'kafka', 'edge']],
  ['a namespace that no topic or index could have', ['up', '--namespace', 'Not This']],
])('%s is refused', (_, args) => {
  expect(() => parseStackArguments(args)).toThrow()
})
