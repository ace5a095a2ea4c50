// What TLS makes of the certificates: who is let in by whom, with the whole chain down from the root.
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { initAuthority } from './ceremony.ts'
import { readCertificate, type Signer, signAuthority, signDevice, signServer } from './certificates.ts'
import { openAuthority, openRoot, validFor } from './folder.ts'
import { generateKeys, privateKeyPem } from './keys.ts'
import { createRequest, readRequest } from './requests.ts'
import { testPassphrases as passphrases } from './testing/passphrases.ts'

const deviceId = '6f1c1d1e-8b1f-4c53-9a3e-0d5b7c1f2a10'
const validity = validFor(1, Date.now())

let dir: string
let ca: string
let signers: { root: Signer; devices: Signer; servers: Signer }
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chain-'))
  const folder = { dir, passphrases }
  await initAuthority({ ...folder, hosts: ['localhost'] })
  ca = await readFile(join(dir, 'ca.pem'), 'utf8')
  signers = {
    root: await openRoot(folder),
    devices: await openAuthority(folder),
    servers: await openAuthority(folder, 'servers'),
  }
})
afterAll(() => rm(dir, { recursive: true }))

interface Shown {
  readonly cert: string
  readonly key: string
}

async function deviceOf(signer: Signer): Promise<Shown> {
  const keys = await generateKeys()
  const request = await readRequest(await createRequest(keys, 'module'))
  if (!request.ok) throw new Error(request.fault)
  const { pem } = await signDevice(signer, { publicKey: request.publicKey, deviceId, ...validity })
  return { cert: pem, key: await privateKeyPem(keys) }
}

async function serverOf(signer: Signer): Promise<Shown> {
  const keys = await generateKeys()
  const { pem } = await signServer(signer, { publicKey: keys.publicKey, hosts: ['localhost'], ...validity })
  return { cert: pem, key: await privateKeyPem(keys) }
}

/** An authority under one that stands under the root itself: the path length allows none. */
async function furtherAuthority(signer: Signer): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeys()
  const { pem } = await signAuthority(signer, { publicKey, kind: 'devices', name: 'further', ...validity })
  return { certificate: readCertificate(pem), privateKey, chain: pem }
}

/** `welcome`, or the code of whoever refuses: `server: …` of the client, `client: …` of the server. */
async function handshake(server: Shown, client: Shown): Promise<string> {
  const listener = createServer({ ...server, ca, requestCert: true, rejectUnauthorized: false })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const accepted = once(listener, 'secureConnection') as Promise<[TLSSocket]>
  const { port } = listener.address() as AddressInfo
  const socket = connect({
    ...client,
    ca,
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    rejectUnauthorized: false,
  })
  await once(socket, 'secureConnect')
  const [seen] = await accepted
  const verdicts = [
    ['server', socket.authorized, socket.authorizationError],
    ['client', seen.authorized, seen.authorizationError],
  ] as const
  socket.destroy()
  seen.destroy()
  listener.close()
  const refused = verdicts.find(([, authorized]) => !authorized)
  return refused === undefined ? 'welcome' : `${refused[0]}: ${String(refused[2])}`
}

test('module and broker know each other by the root alone', async () => {
  expect(await handshake(await serverOf(signers.servers), await deviceOf(signers.devices))).toBe('welcome')
})

test('certificates that the root itself signed, as before there were authorities, hold until they end', async () => {
  expect(await handshake(await serverOf(signers.root), await deviceOf(signers.root))).toBe('welcome')
})

test.each<[string, () => Promise<[Shown, Shown]>, string]>([
  [
    'an authority for servers lets no module in',
    async () => [await serverOf(signers.servers), await deviceOf(signers.servers)],
    'client: ',
  ],
  [
    'an authority for devices makes no broker',
    async () => [await serverOf(signers.devices), await deviceOf(signers.devices)],
    'server: ',
  ],
  [
    'a module is no broker',
    async () => [await deviceOf(signers.devices), await deviceOf(signers.devices)],
    'server: ',
  ],
  [
    'an authority makes no further authority',
    async () => [await serverOf(signers.servers), await deviceOf(await furtherAuthority(signers.devices))],
    'client: ',
  ],
])('%s', async (_, shown, refusal) => {
  const [server, client] = await shown()
  expect(await handshake(server, client)).toContain(refusal)
})
