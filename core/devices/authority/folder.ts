// The folder of the device authority: its own key and certificate, and those of the broker it vouches for.
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  certifies,
  readCertificate,
  type Signer,
  selfSign,
  signServer,
  type Validity,
} from './certificates.ts'
import { generateKeys, privateKeyPem, readKeys } from './keys.ts'

const dayMs = 86_400_000
// The clocks of brokers differ a little from ours; a new certificate holds at once.
const skewMs = 5 * 60_000
const authorityDays = 3_650
const serverDays = 365
const serverRenewalDays = 30

export interface InitOptions {
  readonly dir: string
  /** Names and addresses under which modules reach the broker. */
  readonly hosts: readonly [string, ...string[]]
  readonly nowMs?: number
}

/**
 * Makes what is missing and keeps what is there. The broker's certificate is made anew when it lacks a host or ends
 * within 30 days. An authority's certificate without its key is never replaced: that would cut off every module.
 */
export async function initAuthority({ dir, hosts, nowMs = Date.now() }: InitOptions): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const paths = pathsIn(dir)
  if ((await read(paths.authority)) !== undefined && (await read(paths.authorityKey)) === undefined) {
    throw new Error(`${paths.authorityKey} is missing beside its certificate: restore it from a backup`)
  }
  const keys = await keysIn(paths.authorityKey)
  if ((await read(paths.authority)) === undefined) {
    const { pem } = await selfSign(keys, 'Micro-mobility device authority', validFor(authorityDays, nowMs))
    await replace(paths.authority, pem)
  }
  const serverKeys = await keysIn(paths.serverKey)
  const present = await read(paths.server)
  if (present !== undefined && (await isGood(present, { keys: serverKeys, hosts, nowMs }))) return
  const validity = validFor(serverDays, nowMs)
  const server = { publicKey: serverKeys.publicKey, hosts, ...validity }
  await replace(paths.server, (await signServer(await openAuthority(dir), server)).pem)
}

/** The authority of an initialised folder; throws, and says which file, when it is none. */
export async function openAuthority(dir: string): Promise<Signer> {
  const paths = pathsIn(dir)
  const [keyPem, pem] = [await read(paths.authorityKey), await read(paths.authority)]
  if (keyPem === undefined || pem === undefined) {
    throw new Error(`${dir} holds no device authority; make one with: npm run authority -- init --host HOST`)
  }
  const keys = await readKeys(keyPem)
  if (!(await certifies(pem, keys))) throw new Error(`${paths.authority} is not of the key beside it`)
  return { certificate: readCertificate(pem), privateKey: keys.privateKey }
}

export function validFor(days: number, nowMs: number): Validity {
  return { notBefore: new Date(nowMs - skewMs), notAfter: new Date(nowMs + days * dayMs) }
}

function pathsIn(dir: string) {
  return {
    authorityKey: join(dir, 'ca-key.pem'),
    authority: join(dir, 'ca.pem'),
    serverKey: join(dir, 'server-key.pem'),
    server: join(dir, 'server.pem'),
  }
}

async function isGood(
  pem: string,
  { keys, hosts, nowMs }: { keys: CryptoKeyPair; hosts: readonly string[]; nowMs: number },
): Promise<boolean> {
  const endsMs = readCertificate(pem).notAfter.getTime()
  return (await certifies(pem, keys, hosts)) && endsMs > nowMs + serverRenewalDays * dayMs
}

/** The keys in that file, which is made when there is none; of two makers at once, one wins and both get its keys. */
async function keysIn(path: string): Promise<CryptoKeyPair> {
  const present = await read(path)
  if (present !== undefined) return readKeys(present)
  const beside = await writeBeside(path, await privateKeyPem(await generateKeys()), 0o600)
  try {
    await link(beside, path)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  } finally {
    await rm(beside)
  }
  return readKeys(await readFile(path, 'utf8'))
}

async function replace(path: string, text: string): Promise<void> {
  await rename(await writeBeside(path, text, 0o644), path)
}

/** Whole under another name first: nobody ever reads half a file. */
async function writeBeside(path: string, text: string, mode: number): Promise<string> {
  const beside = `${path}.${randomUUID()}`
  await writeFile(beside, text, { mode, flag: 'wx' })
  return beside
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
