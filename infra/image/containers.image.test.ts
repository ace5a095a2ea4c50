// The image as it is deployed: each process of the manifests with its arguments, memory and stop time, and each service alone,
// read-only and without privileges, on real engines.
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { deleteTopics } from '../../core/engines/kafka/topics.ts'
import { services } from '../../core/services.ts'
import { startTestIssuer, type TestIssuer } from '../../edge/testing/issuer.ts'
import { uuidText, uuidV7Bytes } from '../../proto/index.ts'
import { waitUntilKnown } from '../../testkit/await-known-bikes.ts'
import { startBroker, type TestBroker } from '../../testkit/broker.ts'
import { createTestDatabase, type TestDatabase, testEngines, uniqueNamespace } from '../../testkit/engines.ts'
import { freePorts } from '../../testkit/free-ports.ts'
import { untilReady } from '../../testkit/server-process.ts'
import { demonstration } from '../local/demonstration.ts'
import { repositoryDir } from '../local/settings.ts'
import { podman } from './podman.ts'

const image = `localhost/micro-mobility-cloud:${process.arch === 'x64' ? 'amd64' : process.arch}`
const startBoundMs = 180_000
const namespace = uniqueNamespace()
/** As in the manifests, whose own test holds it. */
const stopSeconds = 30
/** The least that the manifests give to a process. */
const aloneMiB = 256

type Process = { name: string; args: readonly string[]; memoryMiB: number }

const deployments: readonly Process[] = globSync('infra/kubernetes/{public/edge,all/core,groups/*}.yaml', {
  cwd: repositoryDir,
}).flatMap((file) => {
  const text = readFileSync(join(repositoryDir, file), 'utf8')
  const args = /args: \[(.+)\]/.exec(text)?.[1]?.split(', ')
  const memoryMiB = Number(/limits: \{ ?memory: (\d+)Mi ?\}/.exec(text)?.[1])
  return args === undefined ? [] : [{ name: basename(file, '.yaml'), args, memoryMiB }]
})
const alone: readonly Process[] = services
  .map(({ name }) => ({ name, args: ['core/main.ts', name], memoryMiB: aloneMiB }))
  .filter(({ args }) => !deployments.some((deployment) => deployment.args.join() === args.join()))

let database: TestDatabase
let broker: TestBroker
let issuer: TestIssuer
let secretsDir: string
let settings: Readonly<Record<string, string>>

beforeAll(async () => {
  await podman('image', 'exists', image).catch(() => {
    throw new Error(`there is no ${image}: type npm run image`)
  })
  database = await createTestDatabase()
  broker = await startBroker()
  issuer = await startTestIssuer()
  secretsDir = mkdtempSync(join(tmpdir(), 'image-secrets-'))
  settings = { ...issuer.env, ...plainSettings(), ...keyFiles() }
  writeSecret(
    'environment',
    Object.entries(secretSettings())
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  )
  chmodSync(secretsDir, 0o755)
  await command('core/provision/main.ts')
}, 300_000)

afterAll(async () => {
  issuer?.close()
  await broker?.stop()
  await database?.drop()
  await deleteTopics({ brokers: testEngines().kafkaBrokers, namespace })
  if (secretsDir !== undefined) rmSync(secretsDir, { recursive: true })
}, 120_000)

function plainSettings() {
  const { kafkaBrokers, elasticsearch } = testEngines()
  return {
    ...{ NAMESPACE: namespace, KAFKA_BROKERS: kafkaBrokers.join(), ELASTICSEARCH_URL: elasticsearch.url },
    ...{ STATEMENT_AUDIENCE: 'image-test', CONSOLE_URL: 'http://127.0.0.1:2' },
    // The console asks for nothing but whether somebody answers there.
    API_URL: new URL(issuer.env.JWKS_URL).origin,
    ...{ OIDC_ISSUER_URL: 'http://127.0.0.1:3', OIDC_CLIENT_ID: 'console', DRAIN_DELAY_MS: '5000' },
    ...{ HOST: '127.0.0.1', ADMIN_HOST: '127.0.0.1' },
  }
}

function secretSettings(): Readonly<Record<string, string>> {
  const { username, password } = testEngines().elasticsearch
  return {
    ...{
      DATABASE_URL: database.url,
      AMQP_URL: broker.amqpUrl,
      RABBITMQ_MANAGEMENT_URL: broker.managementUrl,
    },
    ...{ ELASTICSEARCH_USERNAME: username, ELASTICSEARCH_PASSWORD: password },
    ...{ ANALYTICS_PSEUDONYM_SECRET: randomBytes(16).toString('hex') },
    CONSOLE_SESSION_SECRET: randomBytes(32).toString('hex'),
  }
}

/** Copies into the folder of secrets the files that the broker's start has made, and makes the seal's key. */
function keyFiles(): Readonly<Record<string, string>> {
  const { privateKey } = generateKeyPairSync('ed25519')
  writeSecret('statement-seal-key.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string)
  writeSecret('tombstone-key', randomBytes(32).toString('hex'))
  const signing = Object.entries(broker.env).filter(([name]) => name.startsWith('COMMAND_SIGNING_'))
  for (const [name, file] of signing) {
    copyFileSync(file, join(secretsDir, name))
    chmodSync(join(secretsDir, name), 0o644)
  }
  const inContainer = signing.map(([name]) => [name, `/run/secrets/${name}`])
  return {
    TOMBSTONE_KEY_FILE: '/run/secrets/tombstone-key',
    STATEMENT_SEAL_KEY_FILE: '/run/secrets/statement-seal-key.pem',
    ...Object.fromEntries(inContainer),
  }
}

/** The user of the image is none of this machine. */
function writeSecret(name: string, text: string): void {
  writeFileSync(join(secretsDir, name), text, { mode: 0o644 })
}

const restricted = [
  ...['--network', 'host', '--read-only', '--read-only-tmpfs=false', '--cap-drop', 'all'],
  ...['--security-opt', 'no-new-privileges', '--pids-limit', '256'],
]

function optionsOf(memoryMiB: number, env: Readonly<Record<string, string>>): string[] {
  const given = Object.entries({ ...settings, ...env }).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`,
  ])
  const memory = ['--memory', `${memoryMiB}m`, '--memory-swap', `${memoryMiB}m`]
  return [...restricted, ...memory, '--volume', `${secretsDir}:/run/secrets:ro`, ...given]
}

/** Runs a command of the image to its end. */
async function command(...args: string[]): Promise<void> {
  await podman('run', '--rm', ...optionsOf(384, {}), image, ...args)
}

type Container = { id: string; adminUrl: string; ports: Readonly<Record<string, number>> }

async function start({ args, memoryMiB }: Process): Promise<Container> {
  const listeners = ['API_PORT', 'CONSOLE_PORT', 'GATEKEEPER_PORT', 'RESEARCH_GATEWAY_PORT']
  const ports = await freePorts('PORT', 'ADMIN_PORT', ...listeners)
  const env = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]))
  const options = ['--detach', '--stop-timeout', String(stopSeconds), ...optionsOf(memoryMiB, env)]
  const id = (await podman('run', ...options, image, ...args)).stdout.trim()
  onTestFinished(async () => void (await podman('rm', '--force', '--time', '0', id)))
  const container = { id, adminUrl: `http://127.0.0.1:${ports.ADMIN_PORT}`, ports }
  await untilReady(container, startBoundMs).catch(async (error: Error) => {
    const { stdout, stderr } = await podman('logs', '--tail', '20', id)
    throw new Error(`${error.message}\n${stdout}${stderr}`)
  })
  return container
}

/** The exit code is 137 when the time was not enough, or the memory. */
async function stop({ id }: Container): Promise<{ exitCode: number; isOutOfMemory: boolean }> {
  await podman('stop', id)
  const { stdout } = await podman('inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', id)
  const [exitCode, isOutOfMemory] = stdout.trim().split(' ')
  return { exitCode: Number(exitCode), isOutOfMemory: isOutOfMemory === 'true' }
}

test.each([...deployments, ...alone])(
  '$name ($args) is ready within $memoryMiB MiB and drains within its stop time',
  async (process) => {
    const container = await start(process)
    await podman('healthcheck', 'run', container.id)
    expect(await stop(container)).toEqual({ exitCode: 0, isOutOfMemory: false })
  },
)

test('an upload through the edge in its container is settled, and the API in its container says so', async () => {
  const named = (name: string) => deployments.find((each) => each.name === name) as Process
  const { bikeId, rider } = demonstration
  const bike = ['--bike', bikeId, '--rider', rider, '--produced', '2025-01-01']
  await command('core/fleet/registry/command.ts', 'add', ...bike)
  const [edge, core] = await Promise.all([start(named('edge')), start(named('core'))])
  await waitUntilKnown(database.sql, { bikeIds: [bikeId] })
  const uploadId = uuidText(uuidV7Bytes())
  const bytes = execFileSync(process.execPath, ['infra/local/example-upload.ts', uploadId], {
    cwd: repositoryDir,
  })
  const headers = { authorization: `Bearer ${await issuer.token({ subject: rider, bikes: [bikeId] })}` }
  const answer = await fetch(`http://127.0.0.1:${edge.ports.PORT}/v1/telemetry`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
    body: gzipSync(bytes),
  })
  expect(answer.status).toBe(202)
  const ask = async () =>
    (await fetch(`http://127.0.0.1:${core.ports.API_PORT}/v1/uploads/${uploadId}`, { headers })).json()
  await expect.poll(ask, { timeout: startBoundMs, interval: 500 }).toMatchObject({
    settled: true,
    totals: { accepted: 120, search: { stored: 120 } },
  })
  expect(await Promise.all([stop(edge), stop(core)])).toEqual([
    { exitCode: 0, isOutOfMemory: false },
    { exitCode: 0, isOutOfMemory: false },
  ])
})

test('nobody in the container is root, gains a privilege or writes a file', async () => {
  const script = `
    const status = fs.readFileSync('/proc/self/status', 'utf8')
    const value = (name) => status.match(new RegExp('^' + name + ':\\\\s+(\\\\S+)', 'm'))[1]
    const written = ['/app/x', '/tmp/x', '/run/secrets/x'].filter((file) => {
      try { fs.writeFileSync(file, ''); return true } catch { return false }
    })
    console.log(JSON.stringify([value('Uid'), value('CapEff'), value('NoNewPrivs'), written]))`
  const { stdout } = await podman('run', '--rm', ...optionsOf(aloneMiB, {}), image, '--eval', script)
  expect(JSON.parse(stdout)).toEqual(['10001', '0000000000000000', '1', []])
})
