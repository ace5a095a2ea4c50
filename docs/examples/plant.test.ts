// The plant that partners copy, as a process of its own: the platform believes what it seals.
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keyFiles } from '../../core/fleet/partners/key-file.ts'
import { receiveRecords } from '../../core/fleet/partners/receive.ts'
import { keyIdOf } from '../../core/fleet/statements/seal.ts'
import { statementId } from '../../core/fleet/statements/statement-id.ts'
import { findPython } from '../../infra/local/tools.ts'
import { recordsOf } from '../../testkit/fake-kafka.ts'
import { testPartner } from '../../testkit/partners.ts'

const source = 'plant:example'
const eventId = '01936f00-0000-7000-8000-0000000000a2'
const at = '2026-05-04T09:00:00Z'
const statement = {
  ...{ version: 1, eventId, source, occurredAt: at },
  componentProduced: {
    component: { type: 'example_cell', serialNumber: 'EC 000001' },
    ...{ batch: 'B1', plant: 'Zwickau-Süd', producedAt: at },
  },
}
let dir: string
let key: string
let python: string

beforeAll(async () => {
  python = await findPython(() => undefined)
  dir = await mkdtemp(join(tmpdir(), 'plant-'))
  key = join(dir, 'key.pem')
  await keyFiles.make(key)
  await writeFile(join(dir, 'statements.jsonl'), `${JSON.stringify(statement)}\n\n`)
})
afterAll(() => rm(dir, { recursive: true }))

async function plant(...args: string[]): Promise<string> {
  const file = join(import.meta.dirname, 'plant.py')
  const { stdout } = await promisify(execFile)(python, [file, ...args], { timeout: 60_000 })
  return stdout.trim()
}

test('what it seals is proven to be its own, and read as it was said', async () => {
  const line = await plant('seal', '--key', key, '--audience', 'fleet.example', join(dir, 'statements.jsonl'))
  const [number, record = ''] = line.split('\t')
  expect(number).toBe('EC000001')
  const publicKey = await keyFiles.readPublic(`${key}.pub`)
  const registered = { ...testPartner(source).key, publicKey, keyId: keyIdOf(publicKey) }
  const { received, refused } = await receiveRecords(recordsOf([Buffer.from(record)], { topic: 'events' }), {
    seals: { keys: async () => [registered], keepUnverified: async (records) => records },
    ...{ audience: 'fleet.example', unsealed: 'refuse' },
  })
  expect(refused).toEqual([])
  expect(received).toMatchObject([
    {
      speaker: { provenance: 'sealed', partnerId: source, keyId: registered.keyId },
      doubt: undefined,
      event: {
        eventId: statementId(source, eventId),
        event: { case: 'componentProduced', value: { plant: 'Zwickau-Süd' } },
      },
    },
  ])
})

test('it tells the id under which the operator registers its key', async () => {
  const publicKey = await keyFiles.readPublic(`${key}.pub`)
  expect(await plant('key-id', '--key', key)).toBe(keyIdOf(publicKey))
})

test('a key of another kind is one clear line', async () => {
  const other = join(dir, 'x25519.pem')
  const { privateKey } = generateKeyPairSync('x25519')
  await writeFile(other, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  await expect(plant('key-id', '--key', other)).rejects.toMatchObject({
    stderr: `${other} has no Ed25519 key\n`,
  })
})
