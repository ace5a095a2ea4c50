import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPidFile } from './pid-file.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

test('the next start ends what the last one left running', async () => {
  const file = join(temporaryFolder(), 'processes.json')
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'])
  const identity = identify(child.pid as number) as ProcessIdentity
  openPidFile(file).add(identity)
  await openPidFile(file).endLeftovers()
  expect(isAlive(identity)).toBe(false)
})

test('a process that only has the number of an old one is left alone', async () => {
  const file = join(temporaryFolder(), 'processes.json')
  openPidFile(file).add({ pid: process.pid, started: 'another boot/1' })
  const next = openPidFile(file)
  await next.endLeftovers()
  next.clear()
  expect(existsSync(file)).toBe(false)
})
