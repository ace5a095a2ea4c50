import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { identify, type ProcessIdentity } from './process-identity.ts'
import { readState, removeState, type StackState, writeState } from './stack-state.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const stateHeldBy = (holder: ProcessIdentity): StackState => ({
  phase: 'up',
  holder,
  env: { DATABASE_URL: 'postgres://…' },
  members: [],
})
const self = identify(process.pid) as ProcessIdentity

test('the state is read as it was written, until it is removed', () => {
  const dataDir = temporaryFolder()
  writeState(dataDir, stateHeldBy(self))
  expect(readState(dataDir)).toEqual(stateHeldBy(self))
  removeState(dataDir)
  expect(readState(dataDir)).toBeUndefined()
})

test('nobody but the owner reads the passwords in it', () => {
  const dataDir = temporaryFolder()
  writeState(dataDir, stateHeldBy(self))
  expect(statSync(join(dataDir, 'stack.json')).mode & 0o077).toBe(0)
})

test('a stack whose holder is gone is not up', () => {
  const dataDir = temporaryFolder()
  writeState(dataDir, stateHeldBy({ ...self, started: 'another boot/1' }))
  expect(readState(dataDir)).toBeUndefined()
})

test('an unreadable state is none', () => {
  const dataDir = temporaryFolder()
  writeFileSync(join(dataDir, 'stack.json'), '{"phase":')
  expect(readState(dataDir)).toBeUndefined()
})
