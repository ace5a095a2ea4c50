// From the key's files to what a module believes: the simulator's module verifies what the platform signs.
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Command,
  CommandSchema,
  SignedCommandSchema,
} from '../../../proto/gen/mobility/devices/v1/command_pb.js'
import { uuidBytes } from '../../../proto/index.ts'
import { createModule } from '../../../simulator/module/index.ts'
import { verifyCommand } from '../../../simulator/module/signed-command.ts'
import { certify, initAuthority } from '../authority/ceremony.ts'
import type { Folder } from '../authority/folder.ts'
import { encodeCommand } from './message.ts'
import { type SigningKey, signCommand } from './signed-command.ts'
import { openSigningKey } from './signing-key.ts'

const passphrase = 'a passphrase of tests only'
const [bikeId, deviceId] = [randomUUID(), randomUUID()]
const nowMs = Date.now()
let dir: string
let root: string
let passphraseFile: string
let first: SigningKey
let second: SigningKey

const folder = (path: string): Folder => ({
  ...{ dir: path, passphrases: { root: passphrase, authorities: passphrase, commands: passphrase } },
})
const filesOf = (path: string, name = 'commands') => ({
  ...{ keyFile: join(path, 'commands-key.pem'), certificateFile: join(path, `${name}.pem`), passphraseFile },
})

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'signing-key-'))
  passphraseFile = join(dir, 'passphrase')
  await writeFile(passphraseFile, `${passphrase}\n`)
  await initAuthority({ ...folder(dir), hosts: ['localhost'] })
  root = await readFile(join(dir, 'ca.pem'), 'utf8')
  first = openSigningKey(filesOf(dir))
  await certify('commands', { ...folder(dir), anew: true })
  second = openSigningKey(filesOf(dir))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const unlock = (over: { bikeId?: string; commandId?: string; expiresAtMs?: number } = {}) =>
  encodeCommand({
    ...{ commandId: randomUUID(), bikeId, createdAtMs: nowMs, expiresAtMs: nowMs + 60_000, ...over },
    action: { kind: 'unlock' },
  })
const signed = (payload: Uint8Array = unlock(), key = first, devices = [deviceId]) =>
  signCommand(payload, devices, key)
const changed = (payload: Uint8Array, over: Partial<Command>) =>
  toBinary(CommandSchema, create(CommandSchema, { ...fromBinary(CommandSchema, payload), ...over }))
const outcome = (payload: Uint8Array, atMs = nowMs) => {
  const verified = verifyCommand(payload, { bikeId, deviceId, authority: root }, atMs)
  return verified.ok ? verified.command.action.case : verified.reason
}

test('a module believes what the platform signs, and the plain fields stay as they were', () => {
  const payload = unlock()
  expect(outcome(signed(payload))).toBe('unlock')
  const { signed: _, signature, keyId, certificates, ...plain } = fromBinary(CommandSchema, signed(payload))
  expect([signature.length, keyId.length, certificates.length]).toEqual([64, 32, 1])
  expect(plain).toMatchObject({ action: fromBinary(CommandSchema, payload).action })
})

test('two keys that the root has certified are good at once', () => {
  expect(first.keyId).not.toEqual(second.keyId)
  expect([outcome(signed(unlock(), first)), outcome(signed(unlock(), second))]).toEqual(['unlock', 'unlock'])
})

test('what was signed for another bike, for another module, or is not signed, is not believed', () => {
  expect(outcome(signed(unlock({ bikeId: randomUUID() })))).toBe('other_bike')
  expect(outcome(signed(unlock(), first, [randomUUID()]))).toBe('other_module')
  expect(outcome(unlock())).toBe('unsigned')
})

test('a command is not believed for another bike because its plain fields say so', () => {
  const replayed = changed(signed(unlock({ bikeId: randomUUID() })), { bikeId: uuidBytes(bikeId) })
  expect(outcome(replayed)).toBe('other_bike')
})

test('a signature over other bytes, and a key that the message does not name, are refused', () => {
  const payload = signed()
  const of = fromBinary(SignedCommandSchema, fromBinary(CommandSchema, payload).signed)
  const longer = toBinary(
    SignedCommandSchema,
    create(SignedCommandSchema, { ...of, expiresAtMs: of.expiresAtMs + 1n }),
  )
  expect(outcome(changed(payload, { signed: longer }))).toBe('signature_wrong')
  const { keyId, certificates } = second
  expect(outcome(changed(payload, { keyId }))).toBe('key_unknown')
  expect(outcome(changed(payload, { certificates: [...certificates] }))).toBe('key_unknown')
  expect(outcome(changed(payload, { keyId, certificates: [...certificates] }))).toBe('signature_wrong')
  expect(outcome(changed(payload, { certificates: [] }))).toBe('key_unknown')
  expect(outcome(changed(payload, { certificates: [Uint8Array.of(1)] }))).toBe('key_unknown')
})

test('a key of another authority, and one that has ended, are refused', async () => {
  const other = await mkdtemp(join(tmpdir(), 'signing-key-'))
  try {
    await initAuthority({ ...folder(other), hosts: ['localhost'] })
    expect(outcome(signed(unlock(), openSigningKey(filesOf(other))))).toBe('key_unknown')
  } finally {
    await rm(other, { recursive: true, force: true })
  }
  expect(outcome(signed(), first.endsAtMs)).toBe('key_unknown')
  expect(outcome(signed(), first.endsAtMs - 1_000)).toBe('unlock')
  expect(() => openSigningKey(filesOf(dir), second.endsAtMs)).toThrow(/has ended/)
})

test('a certificate that is not one for commands neither signs nor is believed', async () => {
  expect(() => openSigningKey(filesOf(dir, 'devices'))).toThrow(/not of the key/)
  expect(() => openSigningKey({ ...filesOf(dir), certificateFile: join(dir, 'absent.pem') })).toThrow(
    /absent\.pem/,
  )
  const server = openSigningKeyOf(await readFile(join(dir, 'server.pem'), 'utf8'))
  expect(outcome(changed(signed(), server))).toBe('key_unknown')
})

/** A message that names another certificate of the same authority. */
function openSigningKeyOf(pem: string): Partial<Command> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----([^-]+)-----END/g) ?? []
  const ders = blocks.map((block) => Buffer.from(block.replace(/-----[A-Z ]+(-----)?/g, ''), 'base64'))
  return { certificates: ders.map((der) => new Uint8Array(der)) }
}

test('a module that verifies obeys each command once, and rejects what it does not believe', () => {
  const clock = { bootId: 1, bootedAtMs: nowMs - 1_000 }
  const module = createModule({ bikeId, deviceId, clock, authority: root })
  const good = signed()
  expect(module.receive(good, nowMs)).toMatchObject({ stage: 'executed', action: 'unlock' })
  expect(module.receive(good, nowMs + 1)).toMatchObject({ stage: 'executed', action: undefined })
  expect(module.receive(unlock(), nowMs)).toMatchObject({ stage: 'rejected', action: undefined })
  const late = signed(unlock({ expiresAtMs: nowMs + 10 }))
  expect(module.receive(late, nowMs + 10)).toMatchObject({ stage: 'expired', action: undefined })
  // Its plain fields promise a longer time than what was signed.
  const prolonged = changed(late, { expiresAtMs: BigInt(nowMs + 60_000) })
  expect(module.receive(prolonged, nowMs + 10)).toMatchObject({ stage: 'expired', action: undefined })
  const before = createModule({ bikeId, deviceId, clock })
  expect(before.receive(good, nowMs)).toMatchObject({ stage: 'executed', action: 'unlock' })
})
