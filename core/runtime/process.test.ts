import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readiness } from './listeners.ts'

// A process for each takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const fixture = fileURLToPath(new URL('testing/process.fixture.ts', import.meta.url))

interface Line {
  readonly service: string
  readonly msg: string
  readonly port?: number
  readonly adminPort?: number
}

/** Starts the three services; the defect as the fixture takes it. */
function start(defect = '', drainDelayMs = 0) {
  const child = spawn(process.execPath, [fixture, defect], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DRAIN_DELAY_MS: String(drainDelayMs) },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: Line[] = []
  const arrived = new EventTarget()
  createInterface(child.stdout).on('line', (line) => {
    lines.push(JSON.parse(line) as Line)
    arrived.dispatchEvent(new Event('line'))
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const said = async (service: string, msg: string): Promise<Line> => {
    for (;;) {
      const line = lines.find((each) => each.service === service && each.msg === msg)
      if (line !== undefined) return line
      await once(arrived, 'line')
    }
  }
  const addressOf = async (service: string) =>
    `http://127.0.0.1:${(await said(service, 'listening')).port ?? 0}`
  const adminAddress = async () =>
    `http://127.0.0.1:${(await said('core', 'tells health and metrics')).adminPort ?? 0}`
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), lines, ended, said, addressOf, adminAddress }
}

test('who takes data in stops first, then who works, then who answers; clients are closed behind their loops', async () => {
  const { kill, lines, ended, said } = start()
  await said('core', 'tells health and metrics')
  kill('SIGTERM')
  expect(await ended).toBe(0)
  const end = ({ msg }: Line) => ['batch finished', 'client closed', 'stopped'].includes(msg)
  expect(lines.filter(end).map(({ service, msg }) => `${service}: ${msg}`)).toEqual([
    ...['taking: batch finished', 'taking: client closed', 'taking: stopped'],
    ...['working: batch finished', 'working: client closed', 'working: stopped'],
    ...['answering: batch finished', 'answering: client closed', 'answering: stopped'],
    'core: stopped',
  ])
})

test('a request at hand is answered before the process ends', async () => {
  const { kill, ended, said, addressOf } = start()
  const answer = fetch(`${await addressOf('answering')}/slow`)
  await said('answering', 'asked')
  kill('SIGTERM')
  expect(await (await answer).text()).toBe('late answer')
  expect(await ended).toBe(0)
})

test('readiness fails first, new connections are served for the stated time, and intake stops at once', async () => {
  const { kill, lines, ended, said, addressOf, adminAddress } = start('', 1_500)
  const [admin, answers] = await Promise.all([adminAddress(), addressOf('answering')])
  const before = await fetch(answers)
  expect([before.headers.get('connection'), await before.text()]).toEqual(['keep-alive', 'answer'])
  kill('SIGTERM')
  await said('core', 'stopping')
  const ready = await fetch(`${admin}/readyz/answering`)
  expect([ready.status, await ready.text()]).toEqual([503, 'draining\n'])
  await said('working', 'stopped')
  const during = await fetch(answers)
  expect([during.headers.get('connection'), await during.text()]).toEqual(['close', 'answer'])
  expect(lines.some(({ service, msg }) => service === 'answering' && msg === 'batch finished')).toBe(false)
  expect(await ended).toBe(0)
})

test('a service that fails ends the process with 1, the others in order', async () => {
  const { lines, ended } = start('crash=working')
  expect(await ended).toBe(1)
  expect(lines.map(({ service, msg }) => `${service}: ${msg}`)).toEqual(
    expect.arrayContaining(['core: failed', 'taking: batch finished', 'answering: client closed']),
  )
})

test('a service that fails keeps its clients until its other loops have finished', async () => {
  const { lines, ended } = start('crash=working')
  expect(await ended).toBe(1)
  const own = lines.filter(({ service }) => service === 'working').map(({ msg }) => msg)
  expect(own).toEqual(['a loop failed', 'batch finished', 'client closed', 'stopped'])
})

test('a loop that ends by itself is a failure: its service would look well and do nothing', async () => {
  const { lines, ended } = start('leaves=working')
  expect(await ended).toBe(1)
  expect(lines.map(({ service, msg }) => `${service}: ${msg}`)).toEqual(
    expect.arrayContaining(['core: failed', 'working: a loop failed', 'taking: batch finished']),
  )
})

test('a failure while services are stopped is logged and told by the exit code', async () => {
  const { kill, lines, ended, said } = start('late=working')
  await said('core', 'tells health and metrics')
  kill('SIGTERM')
  expect(await ended).toBe(1)
  expect(lines.map(({ service, msg }) => `${service}: ${msg}`)).toEqual(
    expect.arrayContaining(['working: a loop failed', 'working: client closed', 'answering: batch finished']),
  )
})

test.each([
  ['a process of core', [fixture], 'ADMIN_PORT', {}],
  [
    'the edge',
    [fileURLToPath(new URL('../../edge/entry/node.ts', import.meta.url))],
    'PORT',
    { KAFKA_BROKERS: '127.0.0.1:9', JWKS_URL: 'http://127.0.0.1:9/', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' },
  ],
])('a taken port is one line that names the setting, and exit code 2: %s', async (_, args, setting, env) => {
  const holder = createServer()
  holder.listen(0, '127.0.0.1')
  await once(holder, 'listening')
  onTestFinished(() => void holder.close())
  const { port } = holder.address() as AddressInfo
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env, DRAIN_DELAY_MS: '0', [setting]: String(port) },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = text(child.stderr)
  const [code] = await once(child, 'close')
  expect([code, await said]).toEqual([2, `${setting}: 127.0.0.1:${port} is taken; name another port\n`])
})

test('a service that cannot be put together frees what it opened and ends the process, those before it in order', async () => {
  const { lines, ended } = start('unmade=working')
  expect(await ended).toBe(1)
  expect(lines.map(({ service, msg }) => `${service}: ${msg}`)).toEqual([
    ...['answering: listening', 'working: client closed', 'core: failed', 'answering: batch finished'],
    ...['answering: client closed', 'answering: stopped', 'core: stopped'],
  ])
})

test.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)('%s and then %s: the second one does not disturb the order', async (first, second) => {
  const { kill, lines, ended, said } = start()
  await said('core', 'tells health and metrics')
  kill(first)
  await said('core', 'stopping')
  kill(second)
  expect(await ended).toBe(0)
  expect(lines.filter(({ msg }) => msg === 'batch finished')).toHaveLength(3)
})

test('a worker in trouble takes nobody’s answers away, and each service tells for itself', async () => {
  const { adminAddress, addressOf } = start('trouble=working')
  const [admin, answers] = await Promise.all([adminAddress(), addressOf('answering')])
  const ask = async (path: string) => {
    const response = await fetch(`${admin}${path}`)
    return [response.status, await response.text()]
  }
  const all = 'answering: ready\nworking: its engine is away\ntaking: ready\n'
  expect(await ask('/readyz')).toEqual([503, all])
  expect(await ask('/readyz/answering')).toEqual([200, 'ready\n'])
  expect(await ask('/readyz/working')).toEqual([503, 'its engine is away\n'])
  expect(await ask('/readyz/nobody')).toEqual([404, 'not found\n'])
  expect(await ask('/healthz')).toEqual([200, 'ok\n'])
  for (const path of ['/metrics', '/readyz', '/healthz'])
    expect(await (await fetch(`${answers}${path}`)).text()).toBe('answer')
})

test('who can answer in part stays ready, says without whom, and the metrics tell the same', async () => {
  const admin = await start('lacks=answering').adminAddress()
  const get = async (path: string) => (await fetch(`${admin}${path}`)).text()
  const said = 'ready, without Elasticsearch: connection refused\n'
  await expect.poll(() => get('/readyz/answering'), { timeout: 20_000 }).toBe(said)
  const all = await fetch(`${admin}/readyz`)
  expect([all.status, await all.text()]).toEqual([200, `answering: ${said}working: ready\ntaking: ready\n`])
  const lines = (await get('/metrics')).split('\n').filter((line) => /^(worker_)?ready/.test(line))
  expect(lines).toEqual([
    'ready{engine="Elasticsearch",worker="answering"} 0',
    ...['answering', 'working', 'taking'].map((name) => `worker_ready{worker="${name}"} 1`),
  ])
})

test.each([
  ['alone and well', [undefined], 200, 'ready\n'],
  ['alone and not', ['Kafka: away'], 503, 'Kafka: away\n'],
  ['both well', [undefined, undefined], 200, 's0: ready\ns1: ready\n'],
  ['one of two not', [undefined, 'Kafka: away'], 503, 's0: ready\ns1: Kafka: away\n'],
])('readiness of services: %s', (_, troubles, status, text) => {
  const services = troubles.map((trouble, i) => ({
    name: `s${i}`,
    trouble: () => trouble,
    lack: () => undefined,
  }))
  expect(readiness(services, false)).toEqual({ status, text })
})
