import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { identify, isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts'

test('a running process is itself', () => {
  expect(isAlive(identify(process.pid) as ProcessIdentity)).toBe(true)
})

test('a process that was given the same number is another one, and is not signalled', () => {
  const other = { pid: process.pid, started: 'another boot/1' }
  expect(isAlive(other)).toBe(false)
  expect(signalProcess(other, 'SIGKILL')).toBe(false)
})

test('an ended process is not alive', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'])
  const identity = identify(child.pid as number) as ProcessIdentity
  const gone = new Promise((resolve) => child.once('exit', resolve))
  expect(signalProcess(identity, 'SIGKILL')).toBe(true)
  await gone
  expect(isAlive(identity)).toBe(false)
})
