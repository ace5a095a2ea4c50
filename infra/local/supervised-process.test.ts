import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { isListening, openPortBook } from './ports.ts'
import { isAlive } from './process-identity.ts'
import { superviseProcess } from './supervised-process.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

// Processes start and pauses pass; a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })
const patient = { timeout: 60_000 }

const start = async (keep: boolean) => {
  const folder = temporaryFolder()
  const port = await openPortBook(folder)('listener')
  const said: string[] = []
  const listener = superviseProcess({
    plan: {
      ...{ name: 'listener', command: process.execPath, port, logFile: join(folder, 'listener.log') },
      args: ['-e', `require('node:net').createServer().listen(${port}, '127.0.0.1')`],
      ...{ isReady: () => isListening(port), readyWithinMs: 60_000, stopWithinMs: 10_000 },
    },
    keep,
    onStart: () => undefined,
    onProgress: (line) => said.push(line),
  })
  onTestFinished(listener.stop)
  await listener.start()
  return { listener, port, said }
}

test('who ends by itself is told and started anew, but not beside another process in its place', async () => {
  const { listener, port, said } = await start(true)
  const first = listener.identity
  process.kill(first.pid, 'SIGKILL')
  await listener.gone
  const byHand = createServer().listen(port, '127.0.0.1')
  await once(byHand, 'listening')
  await expect
    .poll(() => said, patient)
    .toEqual([
      expect.stringMatching(/^listener ended by itself \(SIGKILL\), see .*listener\.log$/),
      `listener is not started anew while another process listens at 127.0.0.1:${port}`,
    ])
  expect(listener.identity).toEqual(first)
  byHand.close()
  await expect.poll(() => listener.identity.pid !== first.pid && isListening(port), patient).toBe(true)
  const second = listener.identity
  await listener.stop()
  expect(isAlive(second)).toBe(false)
  expect(said.at(-1)).toBe('listener is started anew')
})

test('who is not kept is only told of', async () => {
  const { listener, said } = await start(false)
  process.kill(listener.identity.pid, 'SIGKILL')
  await listener.gone
  expect(said).toEqual([expect.stringMatching(/^listener ended by itself/)])
})
