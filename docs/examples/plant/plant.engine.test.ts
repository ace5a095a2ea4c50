// The plant in Python that partners copy, by the commands of the guide, on the whole platform.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { KafkaRecord } from '../../../core/engines/kafka/port.ts'
import { createProducer } from '../../../core/engines/kafka/producer.ts'
import { createLog } from '../../../core/runtime/service.ts'
import { topicName } from '../../../core/topics.ts'
import { toStderr } from '../../../infra/local/index.ts'
import { pythonWith } from '../../../infra/local/python.ts'
import { QuarantinedStatementSchema } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { brokersOf } from '../../../testkit/environment.ts'
import { runShell, shellBlocks } from '../../../testkit/platform/guide.ts'
import { recordsOf, until } from '../../../testkit/platform/observe.ts'
import { openTestPlatform, type TestPlatform } from '../../../testkit/platform/platform.ts'

const [install, ...commands] = shellBlocks('docs/fleet.md', 'Try it: a plant in Python')
const look = commands.pop() ?? ''
let platform: TestPlatform
let folder: string
let shell: Record<string, string>

beforeAll(async () => {
  const requirements = join(import.meta.dirname, 'requirements.txt')
  const PYTHON = await pythonWith({ name: 'plant', requirements, onProgress: toStderr })
  platform = await openTestPlatform({
    ...{ engines: inject('engines'), services: ['issuer', 'fleet', 'api'], onProgress: () => undefined },
  })
  folder = await mkdtemp(join(tmpdir(), 'plant-'))
  shell = { ...(platform.env as Record<string, string>), PYTHON, DIR: folder }
})
afterAll(async () => {
  await platform?.close()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

test('the guide for plants works as it is written, and its statements count as sealed', async () => {
  expect(install).toContain('pip install')
  expect(commands).toHaveLength(3)
  const printed = await runShell(commands.join('\n'), shell)
  const keyId = /plant\.pem\.pub, key ([\w-]{43})\n/.exec(printed)?.[1]
  expect(printed).toContain(`${keyId} speaks for plant:example`)
  expect(printed).toContain('2 statements sent')
  expect(printed).toContain('"outcome": "accepted"')
  expect((await stat(join(folder, 'plant.pem'))).mode & 0o777).toBe(0o600)

  const stored = () => platform.sql`
    select right(said_event_id::text, 2) as said, state, provenance, e.partner_id, door, key_id = ${keyId ?? ''} as "ownKey"
    from manufacturing_events as e join partner_keys using (key_id) order by 1`
  await until('all are applied', async () => {
    const rows = await stored()
    return rows.length === 3 && rows.every(({ state }) => state === 'applied')
  })
  const sealed = { state: 'applied', provenance: 'sealed', partner_id: 'plant:example' }
  expect(await stored()).toEqual([
    { said: 'a1', ...sealed, door: 'key', ownKey: true },
    { said: 'a2', ...sealed, door: 'key', ownKey: true },
    { said: 'a3', ...sealed, door: 'api', ownKey: false },
  ])
  const found = await runShell(look, shell)
  expect(found).toContain('EC000001')
  expect(found).toContain('EC000002')
})

test('a statement that somebody changed on its way is refused', async () => {
  const [genuine] = (await recordsOf(platform, 'manufacturing.events')).filter(isAboutCell)
  if (genuine === undefined) throw new Error('the guide said nothing about the cell')
  const [header, payload, signature] = parts(genuine)
  const forged = Buffer.from(payload.toString().replace('EC000001', 'EC000009')).toString('base64url')
  await produce(genuine, [header.toString('base64url'), forged, signature.toString('base64url')].join('.'))
  const refused = async () =>
    (await recordsOf(platform, 'manufacturing.quarantine')).map(({ value }) =>
      fromBinary(QuarantinedStatementSchema, value ?? new Uint8Array()),
    )
  await until('it is decided', async () => (await refused()).length > 0)
  expect(await refused()).toMatchObject([{ state: 'refused', findings: [{ reason: 'seal_invalid' }] }])
  expect(await platform.sql`select from components where serial_number = 'EC000009'`).toHaveLength(0)
})

/** Header, payload and signature. */
function parts({ value }: KafkaRecord): [Buffer, Buffer, Buffer] {
  const [header = '', payload = '', signature = ''] = Buffer.from(value ?? '')
    .toString()
    .split('.')
  const decode = (part: string) => Buffer.from(part, 'base64url')
  return [decode(header), decode(payload), decode(signature)]
}

const isAboutCell = (record: KafkaRecord) => parts(record)[1].includes('EC000001')

async function produce({ key }: KafkaRecord, value: string): Promise<void> {
  const { env, namespace } = platform
  const producer = createProducer({
    ...{ brokers: brokersOf(env), name: 'forger', log: createLog('forger', 'warn') },
  })
  try {
    const topic = topicName(namespace, 'manufacturing.events')
    await producer.send([{ topic, key: key ?? Buffer.of(), value: Buffer.from(value) }])
  } finally {
    await producer.close()
  }
}
