// Gives simulated modules their keys and certificates: from the device authority, as a plant does, or from a forger.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority } from '../core/devices/authority/authority.ts'
import { readCertificate, type Signer, selfSign, signDevice } from '../core/devices/authority/certificates.ts'
import { type Folder, openAuthority, validFor } from '../core/devices/authority/folder.ts'
import { generateKeys, privateKeyPem } from '../core/devices/authority/keys.ts'
import { readPassphrase } from '../core/devices/authority/passphrase.ts'
import { createRequest, readRequest } from '../core/devices/authority/requests.ts'
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { createDeviceStore } from '../core/engines/postgres/devices/device-store.ts'
import type { Identity } from '../simulator/module/index.ts'

export interface Enrolment {
  readonly bikeId: string
  /** Where the authority is, and the passphrase of its key: DEVICE_AUTHORITY_… */
  readonly env: Env
  readonly sql: Sql
  /** From when on its samples are believed; simulated rides lie in the past, so a year ago unless given. */
  readonly samplesFrom?: Date
}

const yearMs = 365 * 86_400_000

type Env = Readonly<Record<string, string | undefined>>

/** The folder of the authority that these variables name, as the machine sees it that enrols modules. */
export async function authorityFolder(env: Env): Promise<Folder> {
  const { DEVICE_AUTHORITY_DIR: dir = '', DEVICE_AUTHORITY_PASSPHRASE_FILE: file = '' } = env
  return { dir, passphrases: { authorities: await readPassphrase(file) } }
}

/** A new module of the bike. */
export async function enrolModule({ bikeId, env, sql, samplesFrom }: Enrolment): Promise<Identity> {
  const folder = await authorityFolder(env)
  const store = createDeviceStore(sql)
  const authority = createAuthority({ signer: await openAuthority(folder), store })
  const keys = await generateKeys()
  const deviceId = randomUUID()
  const requestPem = await createRequest(keys, deviceId)
  const answer = await authority.enrol({ bikeId, deviceId, requestPem, days: 1, verifiesCommands: true })
  if (answer.outcome === 'refused') throw new Error(`bike ${bikeId} gets no module: ${answer.detail}`)
  const act = { by: 'testkit', reason: 'it was mounted at the plant' }
  await store.backdate(deviceId, samplesFrom ?? new Date(Date.now() - yearMs), act)
  return {
    deviceId,
    key: await privateKeyPem(keys),
    certificate: answer.certificate.pem,
    authority: await readFile(join(folder.dir, 'ca.pem'), 'utf8'),
  }
}

/** A certificate that names an enrolled device and comes from an authority that nobody believes. */
export async function forgeIdentity({ deviceId, authority }: Identity): Promise<Identity> {
  const keys = await generateKeys()
  const request = await readRequest(await createRequest(keys, deviceId))
  if (!request.ok) throw new Error(request.fault)
  const { publicKey } = request
  const validity = validFor(1, Date.now())
  const { pem } = await signDevice(await forger(), { publicKey, deviceId, ...validity })
  return { deviceId, key: await privateKeyPem(keys), certificate: pem, authority }
}

async function forger(): Promise<Signer> {
  const keys = await generateKeys()
  const { pem } = await selfSign(keys, 'Micro-mobility device authority', validFor(1, Date.now()))
  return { certificate: readCertificate(pem), privateKey: keys.privateKey, chain: '' }
}
