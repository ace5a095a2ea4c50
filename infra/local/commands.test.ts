import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { repositoryDir } from './settings.ts'

// A process for each takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const call = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(repositoryDir, file), ...args], {
    env,
    encoding: 'utf8',
  })
  return { stdout, stderr, status }
}

const [start, stack] = ['infra/local/start.ts', 'infra/local/stack.ts']
const [consent, registry] = ['core/riders/consent/command.ts', 'core/fleet/registry/command.ts']
const others = [
  'devices/authority',
  'fleet/review',
  'fleet/intake',
  'fleet/field-errors',
  'telemetry/quarantine',
].map((room) => `core/${room}/command.ts`)
const [core, demo, bench] = ['core/main.ts', 'demo/demo.ts', 'bench/bench.ts']
const all = [start, stack, consent, registry, ...others, core, demo, bench]

test.each(all)('%s explains itself when asked', (file) => {
  expect(call(file, ['--help'])).toMatchObject({ stdout: expect.stringMatching(/^Usage:/), status: 0 })
})

test.each([
  ['engines alone in the foreground', start, ['--engines'], 'npm run stack -- up --engines'],
  ['a stack command that there is not', stack, ['bless'], 'cannot bless'],
  ['a stack command that every object has', stack, ['constructor'], 'cannot constructor'],
  [
    'a consent with words too many',
    consent,
    ['grant', '--rider', 'x', 'for', 'ever'],
    'not understood: for ever',
  ],
  ['a service that there is not', core, ['nix', 'all'], 'no such service: nix'],
  ['a process without services', core, [], 'say which services'],
  ['an option that the demonstration does not have', demo, ['--nix'], "Unknown option '--nix'"],
  ['a benchmark that there is not', bench, ['nix'], 'no such benchmark: nix'],
  ['a bike without an owner', registry, ['add', '--bike', 'b1'], '--bike: Invalid UUID\n--rider is missing'],
])('%s is refused with the usage', (_, file, args, fault) => {
  const { stdout, stderr, status } = call(file, args)
  expect({ stdout, status }).toEqual({ stdout: '', status: 2 })
  expect(stderr).toContain(fault)
  expect(stderr).toContain('Usage:')
})

test.each([
  ['a command', consent, ['grant', '--rider', 'x']],
  ['a process of core', core, ['normalize', 'latest']],
])('%s without its settings says where they come from, and nothing else', (_, file, args) => {
  const { stderr, status } = call(file, args)
  expect(status).toBe(2)
  expect(stderr).toContain('DATABASE_URL: is not set')
  expect(stderr).toContain('export $(npm run -s stack -- env)')
  expect(stderr).not.toMatch(/^\s+at /m)
})

test.each([
  ['the edge', 'edge/entry/node.ts', 'JWKS_URL: is not set'],
  ['the issuer for development', 'infra/local/issuer.ts', 'JWT_ISSUER: is not set'],
  ['provisioning', 'core/provision/main.ts', 'KAFKA_BROKERS: is not set'],
])('%s without its settings names each, and nothing else', (_, file, line) => {
  const { stdout, stderr, status } = call(file, [])
  expect({ stdout, status }).toEqual({ stdout: '', status: 2 })
  expect(stderr).toContain(line)
  expect(stderr).not.toMatch(/^\s+at |ZodError|received undefined/m)
})

const elsewhere = {
  KAFKA_BROKERS: 'kafka.example:9092',
  DATABASE_URL: 'postgres://u:p@127.0.0.1:1/d',
  TOMBSTONE_KEY_FILE: 'tombstone-key',
  RABBITMQ_MANAGEMENT_URL: 'http://u:p@broker.example:15672',
  JWKS_URL: 'http://127.0.0.1:1',
  JWT_ISSUER: 'i',
  JWT_AUDIENCE: 'a',
}

test.each([
  ['a process of core', core, ['normalize'], 'KAFKA_BROKERS'],
  ['the edge', 'edge/entry/node.ts', [], 'KAFKA_BROKERS'],
  ['provisioning of the broker', 'core/provision/broker.ts', [], 'RABBITMQ_MANAGEMENT_URL'],
])(
  '%s does not start where an engine on another machine is reached in plain text',
  (_, file, args, setting) => {
    const { stdout, stderr, status } = call(file, args, elsewhere)
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 })
    expect(stderr).toMatch(
      new RegExp(`^The configuration has faults:\n {2}${setting}: .* ALLOW_PLAINTEXT_OFF_LOOPBACK=i-know\n$`),
    )
  },
)
