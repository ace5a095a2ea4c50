import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { acquireLock, withLock } from './lock.ts'
import { identify } from './process-identity.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

test('a lock that a living process holds is refused after the timeout, and says who holds it', async () => {
  const path = join(temporaryFolder(), 'lock')
  await acquireLock({ path, timeoutMs: 0 })
  await expect(acquireLock({ path, timeoutMs: 0 })).rejects.toThrow(`process ${process.pid} holds`)
})

test('a waiting process is told once whom it waits for, and gets the lock after release', async () => {
  const path = join(temporaryFolder(), 'lock')
  const release = await acquireLock({ path, timeoutMs: 0 })
  const owners: number[] = []
  const second = acquireLock({ path, timeoutMs: 10_000, onWait: ({ pid }) => void owners.push(pid) })
  await expect.poll(() => owners).toEqual([process.pid])
  await release()
  await (await second)()
  expect(owners).toEqual([process.pid])
  expect(existsSync(path)).toBe(false)
})

test.each([
  ['of a process whose number somebody else has now', { pid: process.pid, started: 'another boot/1' }],
  ['of a process that is gone', { pid: 2 ** 22 + 1, started: identify(process.pid)?.started }],
])('a lock %s is taken over', async (_, owner) => {
  const path = join(temporaryFolder(), 'lock')
  writeFileSync(path, JSON.stringify(owner))
  expect(await withLock({ path, timeoutMs: 0 }, async () => 'done')).toBe('done')
})

test('a lock file with unreadable content holds nobody up', async () => {
  const path = join(temporaryFolder(), 'lock')
  writeFileSync(path, '{"pid":')
  expect(await withLock({ path, timeoutMs: 0 }, async () => 'done')).toBe('done')
})

test('the lock is free again when the work fails', async () => {
  const path = join(temporaryFolder(), 'lock')
  await expect(withLock({ path, timeoutMs: 0 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(existsSync(path)).toBe(false)
})
