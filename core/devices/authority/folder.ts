// The folder of the device authority: the root, what the root vouches for, and what those vouch for.
//
//   ca.pem        ca-key.pem        the root; its key is needed only for the next three, and may be kept elsewhere
//   devices.pem   devices-key.pem   signs certificates of modules
//   servers.pem   servers-key.pem   signs the broker's certificate
//   commands.pem  commands-key.pem  signs commands
//   server.pem    server-key.pem    the broker's own, with its chain
//   ca-before.pem                   a root certificate that allowed no authorities under it, kept while modules know only that one
import { join } from 'node:path'
import { certifies, readCertificate, type Signer, type Validity } from './certificates.ts'
import { createSecret, readIfThere, replaceSecret } from './files.ts'
import { generateKeys, isEncrypted, privateKeyPem, readKeys } from './keys.ts'

const dayMs = 86_400_000
// The clocks of brokers differ a little from ours; a new certificate holds at once.
const skewMs = 5 * 60_000

/** The keys that the root's key certifies. */
export const certified = ['devices', 'servers', 'commands'] as const
export type Certified = (typeof certified)[number]
export type KeyName = 'ca' | Certified | 'server'

/** Of the keys at rest. The broker reads its own key itself, so that one has none. */
export interface Passphrases {
  readonly root?: string | undefined
  /** Of the keys of the authorities for devices and servers. */
  readonly authorities?: string | undefined
  readonly commands?: string | undefined
}

export interface Folder {
  readonly dir: string
  readonly passphrases: Passphrases
}

export const passphraseSettings = {
  root: 'DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE',
  authorities: 'DEVICE_AUTHORITY_PASSPHRASE_FILE',
  commands: 'COMMAND_SIGNING_PASSPHRASE_FILE',
} as const

const passphraseOf = {
  ca: 'root',
  devices: 'authorities',
  servers: 'authorities',
  commands: 'commands',
  server: undefined,
} as const satisfies Record<KeyName, keyof Passphrases | undefined>

export const pathsOf = (dir: string, name: KeyName) => ({
  certificate: join(dir, `${name}.pem`),
  key: join(dir, `${name}-key.pem`),
})

export const beforePath = (dir: string): string => join(dir, 'ca-before.pem')

/** The root's certificate, which everybody trusts. */
async function readRoot(dir: string) {
  const pem = await readIfThere(pathsOf(dir, 'ca').certificate)
  if (pem === undefined) {
    throw new Error(`${dir} holds no device authority; make one with: npm run authority -- init --host HOST`)
  }
  return { pem, certificate: readCertificate(pem) }
}

/** The root itself, for the ceremony; throws, and says what to do, where its key is not. */
export async function openRoot(folder: Folder): Promise<Signer> {
  const { pem, certificate } = await readRoot(folder.dir)
  const path = pathsOf(folder.dir, 'ca').key
  if ((await readIfThere(path)) === undefined) {
    throw new Error(
      `the root's key ${path} is missing beside its certificate: bring it, or restore it from a backup`,
    )
  }
  const keys = await readKeysIn(folder, 'ca')
  if (!(await certifies(pem, keys))) throw new Error(`${folder.dir}/ca.pem is not of the key beside it`)
  return { certificate, privateKey: keys.privateKey, chain: '' }
}

/** An authority that is online; the root's key need not be there. Throws, and says which file, where there is none. */
export async function openAuthority(
  folder: Folder,
  name: 'devices' | 'servers' = 'devices',
): Promise<Signer> {
  const { dir } = folder
  await readRoot(dir)
  const { certificate, key } = pathsOf(dir, name)
  const pem = await readIfThere(certificate)
  if (pem === undefined || (await readIfThere(key)) === undefined) {
    throw new Error(
      `${dir} holds no authority for ${name}; make one with: npm run authority -- intermediate ${name}`,
    )
  }
  const keys = await readKeysIn(folder, name)
  if (!(await certifies(pem, keys))) throw new Error(`${certificate} is not of the key beside it`)
  return { certificate: readCertificate(pem), privateKey: keys.privateKey, chain: pem }
}

/** Whether a root certificate that allows no authorities was replaced by one that does, of the same key and name. */
export async function hasFormerRoot(dir: string): Promise<boolean> {
  return (await readIfThere(beforePath(dir))) !== undefined
}

/** The keys of that name, which are made when there are none; of two makers at once, one wins and both get its keys. */
export async function keysIn(folder: Folder, name: KeyName): Promise<CryptoKeyPair> {
  const path = pathsOf(folder.dir, name).key
  if ((await readIfThere(path)) === undefined) {
    await createSecret(path, await privateKeyPem(await generateKeys(), passphraseFor(folder, name)))
  }
  return readKeysIn(folder, name)
}

/** New keys in the place of those that are there. */
export async function newKeysIn(folder: Folder, name: KeyName): Promise<CryptoKeyPair> {
  const keys = await generateKeys()
  await replaceSecret(pathsOf(folder.dir, name).key, await privateKeyPem(keys, passphraseFor(folder, name)))
  return keys
}

/** A key that lies there in the clear, as those of earlier versions, is encrypted. */
export async function encryptKey(folder: Folder, name: KeyName): Promise<void> {
  const path = pathsOf(folder.dir, name).key
  const pem = await readIfThere(path)
  if (pem === undefined || isEncrypted(pem)) return
  await replaceSecret(path, await privateKeyPem(await readKeys(pem), passphraseFor(folder, name)))
}

async function readKeysIn({ dir, passphrases }: Folder, name: KeyName): Promise<CryptoKeyPair> {
  const path = pathsOf(dir, name).key
  const of = passphraseOf[name]
  return readKeys((await readIfThere(path)) ?? '', of && passphrases[of], path)
}

/** No key of the authority is written in the clear. */
function passphraseFor({ passphrases }: Folder, name: KeyName): string | undefined {
  const of = passphraseOf[name]
  if (of === undefined) return undefined
  const passphrase = passphrases[of]
  if (passphrase === undefined)
    throw new Error(`${name}-key.pem needs a passphrase: set ${passphraseSettings[of]}`)
  return passphrase
}

export function validFor(days: number, nowMs: number): Validity {
  return { notBefore: new Date(nowMs - skewMs), notAfter: new Date(nowMs + days * dayMs) }
}
