// The commands of the stack on processes that run, die, hang, or were started by hand.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { serviceMember } from './hold.ts'
import { startPlatform } from './index.ts'
import { identify, type ProcessIdentity } from './process-identity.ts'
import { repositoryDir } from './settings.ts'
import { writeState } from './stack-state.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

// Several processes start one after the other; a busy machine takes its time.
vi.setConfig({ testTimeout: 240_000 })

/** `npm run stack -- ARGS --data DIR`. */
const stack = async (dataDir: string, ...args: string[]) => {
  const file = join(repositoryDir, 'infra/local/stack.ts')
  const child = spawn(process.execPath, [file, ...args, '--data', dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { stdout, stderr, code }
}

/** A stack whose holder is this process and whose only service is the issuer. */
const held = async () => {
  const dataDir = temporaryFolder()
  const holder = identify(process.pid) as ProcessIdentity
  const platform = await startPlatform({
    ...{ env: {}, dataDir, namespace: '', services: ['issuer'] as const, onProgress: () => undefined },
    onRestart: () => write(),
  })
  onTestFinished(platform.stop)
  const { issuer } = platform.services
  const write = () => writeState(dataDir, { phase: 'up', holder, env: {}, members: [serviceMember(issuer)] })
  write()
  return { dataDir, issuer }
}

test('a service that hangs is reported by up and status, and restart brings it back', async () => {
  const { dataDir, issuer } = await held()
  expect(await stack(dataDir, 'up')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('the stack is up already'),
  })
  const first = issuer.identity
  process.kill(first.pid, 'SIGSTOP')
  const fault = `issuer: not answering; log: ${issuer.logFile}; to start it anew: npm run stack -- restart issuer --data ${dataDir}\n`
  expect(await stack(dataDir, 'up')).toEqual({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringMatching(/^the stack is up in part .*\n/),
  })
  expect(await stack(dataDir, 'status')).toMatchObject({ code: 1, stderr: fault })
  expect(await stack(dataDir, 'restart', 'issuer')).toMatchObject({ code: 0 })
  expect(issuer.pid).not.toBe(first.pid)
  expect(await stack(dataDir, 'status')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/issuer +\d+ +ready .*gives tokens for development/),
  })
})

test('a process started by hand in place of one that ended counts as running, and restart leaves it alone', async () => {
  const byHand = createServer((_, response) => response.end('ready\n')).listen(0, '127.0.0.1')
  onTestFinished(() => void byHand.close())
  await new Promise((resolve) => byHand.once('listening', resolve))
  const { port } = byHand.address() as { port: number }
  const dataDir = temporaryFolder()
  const dead = { pid: 1, started: 'another boot/1' }
  const at = { address: `http://127.0.0.1:${port}`, adminUrl: `http://127.0.0.1:${port}`, port }
  writeState(dataDir, {
    ...{ phase: 'up', holder: identify(process.pid) as ProcessIdentity, env: {} },
    members: [
      { name: 'edge', process: 'edge', identity: dead, ...at, logFile: 'edge.log', stopSignal: 'SIGTERM' },
    ],
  })
  expect(await stack(dataDir, 'up')).toMatchObject({ code: 0 })
  expect((await stack(dataDir, 'status')).stdout).toMatch(/edge +- +ready \(not started by this stack\)/)
  expect(await stack(dataDir, 'restart', 'edge')).toMatchObject({
    code: 1,
    stderr: `edge: a process that this stack did not start listens at 127.0.0.1:${port}; end that one first\n`,
  })
})

test.each([
  ['a stack that is not up', undefined, /^the stack is not up; start it with: npm run stack -- up/],
  ['a name that there is not', [], /^there is no kafka; there are /],
])('restart of %s is refused', async (_, members, said) => {
  const dataDir = temporaryFolder()
  const holder = identify(process.pid) as ProcessIdentity
  if (members !== undefined) writeState(dataDir, { phase: 'up', holder, env: {}, members })
  expect(await stack(dataDir, 'restart', 'kafka')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(said),
  })
})
