// Makes the authority: the root, what the root vouches for, and the broker's certificate.
import { mkdir } from 'node:fs/promises'
import {
  allowsAuthorities,
  certifies,
  readCertificate,
  type Signer,
  selfSign,
  signAuthority,
  signCommandKey,
  signServer,
} from './certificates.ts'
import { readIfThere, replaceFile } from './files.ts'
import {
  beforePath,
  type Certified,
  certified,
  encryptKey,
  type Folder,
  hasFormerRoot,
  keysIn,
  newKeysIn,
  openAuthority,
  openRoot,
  pathsOf,
  validFor,
} from './folder.ts'

const dayMs = 86_400_000
const rootDays = 3_650
const daysOf = { devices: 1_095, servers: 1_095, commands: 397 } as const satisfies Record<Certified, number>
const serverDays = 365
const serverRenewalDays = 30
const name = 'Micro-mobility device authority'

export interface InitOptions extends Folder {
  /** Names and addresses under which modules reach the broker. */
  readonly hosts: readonly [string, ...string[]]
  readonly nowMs?: number
}

/**
 * Makes what is missing and keeps what is there; keys that lie there in the clear are encrypted. The root's key is needed only
 * where something is missing that it must sign.
 */
export async function initAuthority(options: InitOptions): Promise<void> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  await makeRoot(options)
  for (const each of certified) {
    // Modules that know only the former root certificate take no broker whose certificate comes from an authority.
    if (each === 'servers' && (await hasFormerRoot(options.dir))) continue
    if ((await readIfThere(pathsOf(options.dir, each).certificate)) === undefined)
      await certify(each, options)
  }
  await makeServer(options)
}

/** A root whose key is lost is never replaced: that would cut off every module. */
async function makeRoot({ nowMs = Date.now(), ...folder }: Folder & { nowMs?: number }): Promise<void> {
  const { certificate } = pathsOf(folder.dir, 'ca')
  const present = await readIfThere(certificate)
  await encryptKey(folder, 'ca')
  if (present !== undefined && allowsAuthorities(readCertificate(present))) return
  if (present !== undefined) await openRoot(folder)
  const { pem } = await selfSign(await keysIn(folder, 'ca'), name, validFor(rootDays, nowMs))
  // The same key and name: certificates that were issued hold on.
  if (present !== undefined) await replaceFile(beforePath(folder.dir), present)
  await replaceFile(certificate, pem)
}

export interface CertifyOptions extends Folder {
  /** A new key instead of the one that is there; certificates that the former one signed hold until they end. */
  readonly anew?: boolean | undefined
  readonly nowMs?: number
}

/** The ceremony: with the root's key, certifies the authority for devices or servers, or the key that signs commands. */
export async function certify(kind: Certified, options: CertifyOptions): Promise<void> {
  const { anew = false, nowMs = Date.now(), ...folder } = options
  await makeRoot(options)
  const root = await openRoot(folder)
  const keys = await (anew ? newKeysIn(folder, kind) : keysIn(folder, kind))
  await replaceFile(pathsOf(folder.dir, kind).certificate, await signed(kind, { root, keys, nowMs }))
}

async function signed(
  kind: Certified,
  { root, keys: { publicKey }, nowMs }: { root: Signer; keys: CryptoKeyPair; nowMs: number },
): Promise<string> {
  const of = { publicKey, name: `${name}: ${kind}`, ...validFor(daysOf[kind], nowMs) }
  const { pem } = await (kind === 'commands'
    ? signCommandKey(root, of)
    : signAuthority(root, { ...of, kind }))
  return pem
}

/** The broker's certificate, made anew when it lacks a host, ends within 30 days, or another authority has signed it. */
export async function makeServer({ hosts, nowMs = Date.now(), ...folder }: InitOptions): Promise<void> {
  const keys = await keysIn(folder, 'server')
  const path = pathsOf(folder.dir, 'server').certificate
  const present = await readIfThere(path)
  if (present !== undefined && (await isGood(present, { keys, hosts, nowMs, dir: folder.dir }))) return
  const signer = await ((await hasServers(folder.dir)) ? openAuthority(folder, 'servers') : openRoot(folder))
  const server = { publicKey: keys.publicKey, hosts, ...validFor(serverDays, nowMs) }
  await replaceFile(path, (await signServer(signer, server)).pem)
}

const hasServers = async (dir: string): Promise<boolean> =>
  (await readIfThere(pathsOf(dir, 'servers').certificate)) !== undefined

async function isGood(
  pem: string,
  { keys, hosts, nowMs, dir }: { keys: CryptoKeyPair; hosts: readonly string[]; nowMs: number; dir: string },
): Promise<boolean> {
  const certificate = readCertificate(pem)
  const issuer = await readIfThere(pathsOf(dir, (await hasServers(dir)) ? 'servers' : 'ca').certificate)
  return (
    (await certifies(pem, keys, hosts)) &&
    certificate.notAfter.getTime() > nowMs + serverRenewalDays * dayMs &&
    issuer !== undefined &&
    (await certificate.verify({ publicKey: readCertificate(issuer).publicKey, signatureOnly: true }))
  )
}
