import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSigningKey } from '../commands/signing-key.ts'
import { certify, initAuthority } from './ceremony.ts'
import { readCertificate, selfSign, signDevice } from './certificates.ts'
import { type Folder, openAuthority, validFor } from './folder.ts'
import { generateKeys, privateKeyPem } from './keys.ts'
import { readPassphrase } from './passphrase.ts'
import { testPassphrases as passphrases } from './testing/passphrases.ts'

let dir: string
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'authority-')), 'made')
})
afterEach(() => rm(join(dir, '..'), { recursive: true }))

const nowMs = Date.UTC(2026, 0, 15)
const dayMs = 86_400_000
const init = (hosts: [string, ...string[]], daysLater = 0) =>
  initAuthority({ dir, passphrases, hosts, nowMs: nowMs + daysLater * dayMs })
const file = (name: string) => readFile(join(dir, name), 'utf8')
const chainOf = (pem: string) =>
  (pem.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map((one) => new X509Certificate(one))
const all = async () => Promise.all((await readdir(dir)).sort().map(async (name) => [name, await file(name)]))

test('the server certificate is of the authority, for its hosts and its key', async () => {
  await init(['127.0.0.1', 'broker.example'])
  const authority = new X509Certificate(await file('ca.pem'))
  const [server, servers] = chainOf(await file('server.pem'))
  expect(authority.ca).toBe(true)
  expect(servers?.verify(authority.publicKey)).toBe(true)
  expect(servers?.checkIssued(authority)).toBe(true)
  if (server === undefined || servers === undefined) throw new Error('no chain')
  expect(server.verify(servers.publicKey)).toBe(true)
  expect(server.checkIssued(servers)).toBe(true)
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(server.checkHost('broker.example')).toBe('broker.example')
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
})

test('private keys are readable by their owner only, and nothing else is left in the folder', async () => {
  await init(['localhost'])
  const modes = async (name: string) => [name, ((await stat(join(dir, name))).mode & 0o777).toString(8)]
  expect(await Promise.all((await readdir(dir)).sort().map(modes))).toEqual([
    ['ca-key.pem', '600'],
    ['ca.pem', '644'],
    ['commands-key.pem', '600'],
    ['commands.pem', '644'],
    ['devices-key.pem', '600'],
    ['devices.pem', '644'],
    ['server-key.pem', '600'],
    ['server.pem', '644'],
    ['servers-key.pem', '600'],
    ['servers.pem', '644'],
  ])
})

test('a second init changes nothing', async () => {
  await init(['localhost', '127.0.0.1'])
  const before = await all()
  await init(['127.0.0.1'], 300)
  expect(await all()).toEqual(before)
})

test.each<[string, [string, ...string[]], number]>([
  ['a new host', ['localhost', 'broker.example'], 0],
  ['the end within 30 days', ['localhost'], 340],
])('%s makes a new server certificate and nothing else', async (_, hosts, daysLater) => {
  await init(['localhost'])
  const before = await all()
  await init(hosts, daysLater)
  const changed = (await all()).filter(([name, text]) => before.some(([n, t]) => n === name && t !== text))
  expect(changed.map(([name]) => name)).toEqual(['server.pem'])
})

test('several at once make one authority', async () => {
  await Promise.all(Array.from({ length: 8 }, () => init(['localhost'])))
  const [server, servers] = chainOf(await file('server.pem'))
  if (servers === undefined) throw new Error('no chain')
  expect(server?.verify(servers.publicKey)).toBe(true)
  expect(servers.verify(new X509Certificate(await file('ca.pem')).publicKey)).toBe(true)
  expect(await readdir(dir)).toHaveLength(10)
  await expect(openAuthority({ dir, passphrases })).resolves.toBeDefined()
})

test('what was interrupted after the key is completed with that key', async () => {
  await init(['localhost'])
  const key = await file('ca-key.pem')
  await rm(join(dir, 'ca.pem'))
  await init(['localhost'])
  expect(await file('ca-key.pem')).toBe(key)
  await expect(openAuthority({ dir, passphrases })).resolves.toBeDefined()
})

test('an authority whose key is lost is not replaced', async () => {
  await init(['localhost'])
  await rm(join(dir, 'ca-key.pem'))
  await rm(join(dir, 'devices.pem'))
  await expect(init(['localhost'])).rejects.toThrow('restore it from a backup')
})

test('an empty folder is no authority', async () => {
  await expect(openAuthority({ dir, passphrases })).rejects.toThrow('holds no device authority')
})

describe("the root's key is elsewhere:", () => {
  const offline = async () => {
    await init(['localhost'])
    await rm(join(dir, 'ca-key.pem'))
  }

  test('modules are enrolled and the broker gets its certificates', async () => {
    await offline()
    const before = await file('server.pem')
    await expect(openAuthority({ dir, passphrases })).resolves.toBeDefined()
    await init(['localhost', 'broker.example'])
    expect(await file('server.pem')).not.toBe(before)
  })

  test.each(['devices', 'servers', 'commands'] as const)('no key for %s can be certified', async (kind) => {
    await offline()
    await expect(certify(kind, { dir, passphrases, anew: true })).rejects.toThrow("the root's key")
  })
})

test('with its key the root certifies a new authority; certificates that the former one signed hold on', async () => {
  await init(['localhost'])
  const [before, root] = [new X509Certificate(await file('devices.pem')), await file('ca.pem')]
  await certify('devices', { dir, passphrases, anew: true, nowMs })
  const after = new X509Certificate(await file('devices.pem'))
  expect(after.publicKey.equals(before.publicKey)).toBe(false)
  expect([before, after].map((each) => each.verify(new X509Certificate(root).publicKey))).toEqual([
    true,
    true,
  ])
  await expect(openAuthority({ dir, passphrases })).resolves.toBeDefined()
})

describe('keys at rest', () => {
  test('are encrypted, all but the one that the broker reads', async () => {
    await init(['localhost'])
    const kinds = ['ca', 'devices', 'servers', 'commands', 'server']
    const first = async (name: string) => (await file(`${name}-key.pem`)).split('\n')[0]
    const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----'
    expect(await Promise.all(kinds.map(first))).toEqual([
      ...Array.from({ length: 4 }, () => encrypted),
      '-----BEGIN PRIVATE KEY-----',
    ])
  })

  test.each<[string, Folder['passphrases'], string]>([
    ['a wrong passphrase', { authorities: 'another passphrase' }, 'passphrase is wrong'],
    ['no passphrase', {}, 'no passphrase is given'],
  ])('%s is told in one line, which names the key', async (_, given, words) => {
    await init(['localhost'])
    const error = (await openAuthority({ dir, passphrases: given }).catch((fault) => fault)) as Error
    expect(error.message).toContain(words)
    expect(error.message).toContain('devices-key.pem')
    expect(error.message).not.toContain('\n')
  })

  test('no authority is made without passphrases', async () => {
    const without = initAuthority({ dir, passphrases: {}, hosts: ['localhost'], nowMs })
    await expect(without).rejects.toThrow('DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE')
  })
})

describe('an authority of an earlier version', () => {
  /** A root that allows no authorities under it, its key in the clear. */
  const former = async () => {
    await mkdir(dir, { recursive: true })
    const keys = await generateKeys()
    const validity = validFor(3_650, nowMs)
    const { pem } = await selfSign(keys, 'Micro-mobility device authority', { ...validity, pathLength: 0 })
    await writeFile(join(dir, 'ca.pem'), pem)
    await writeFile(join(dir, 'ca-key.pem'), await privateKeyPem(keys))
    return { pem, signer: { certificate: readCertificate(pem), privateKey: keys.privateKey, chain: '' } }
  }

  test('keeps its key and its name, and modules that know the former certificate know the broker', async () => {
    const { pem, signer } = await former()
    const leaf = await signDevice(signer, {
      ...{ publicKey: signer.certificate.publicKey, deviceId: 'd1' },
      ...validFor(30, nowMs),
    })
    await init(['localhost'])
    const [before, after] = [new X509Certificate(pem), new X509Certificate(await file('ca.pem'))]
    expect([after.subject, after.publicKey.equals(before.publicKey)]).toEqual([before.subject, true])
    expect(await file('ca-before.pem')).toBe(pem)
    expect(new X509Certificate(leaf.pem).verify(after.publicKey)).toBe(true)
    // Its path length allows no authority between root and broker, so the root itself still signs for the broker.
    expect(new X509Certificate(await file('server.pem')).verify(before.publicKey)).toBe(true)
    expect((await file('ca-key.pem')).startsWith('-----BEGIN ENCRYPTED')).toBe(true)
    await expect(openAuthority({ dir, passphrases })).resolves.toBeDefined()
  })

  test('gets its authority for servers when it is asked for, and the broker a certificate of it', async () => {
    await former()
    await init(['localhost'])
    await certify('servers', { dir, passphrases, nowMs })
    await init(['localhost'])
    expect(chainOf(await file('server.pem'))).toHaveLength(2)
  })
})

describe('the key that signs commands', () => {
  const files = async (passphrase: string) => {
    const passphraseFile = join(dir, 'passphrase')
    await writeFile(passphraseFile, `${passphrase}\n`)
    return {
      ...{ keyFile: join(dir, 'commands-key.pem'), certificateFile: join(dir, 'commands.pem') },
      passphraseFile,
    }
  }

  test('is certified by the root for that alone', async () => {
    await init(['localhost'])
    const certificate = new X509Certificate(await file('commands.pem'))
    expect(certificate.verify(new X509Certificate(await file('ca.pem')).publicKey)).toBe(true)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.3'])
    expect(certificate.ca).toBe(false)
    const { endsAtMs } = openSigningKey(await files(passphrases.commands), nowMs)
    expect(endsAtMs).toBe(nowMs + 397 * dayMs)
  })

  test.each<[string, string, number, string]>([
    ['a wrong passphrase', 'another passphrase', 0, 'passphrase is wrong'],
    ['an ended certificate', passphrases.commands, 400, 'has ended'],
  ])('is not opened with %s', async (_, passphrase, daysLater, words) => {
    await init(['localhost'])
    const given = await files(passphrase)
    expect(() => openSigningKey(given, nowMs + daysLater * dayMs)).toThrow(words)
  })
})

test('a short passphrase is no passphrase, and one that is not there is told with its file', async () => {
  const path = join(dir, '..', 'passphrase')
  await writeFile(path, 'short\n')
  await expect(readPassphrase(path)).rejects.toThrow('less than 16 characters')
  await expect(readPassphrase(join(dir, 'none'))).rejects.toThrow(join(dir, 'none'))
})
