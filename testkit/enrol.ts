// Gives simulated modules their keys and certificates: from the device authority, as a plant does, or from a forger.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority } from '../core/devices/authority/authority.ts'
import { readCertificate, type Signer, selfSign, signDevice } from '../core/devices/authority/certificates.ts'
import { openAuthority, validFor } from '../core/devices/authority/folder.ts'
import { generateKeys, privateKeyPem } from '../core/devices/authority/keys.ts'
import { createRequest, readRequest } from '../core/devices/authority/requests.ts'
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { createDeviceStore } from '../core/engines/postgres/devices/device-store.ts'
import type { Identity } from '../simulator/module/index.ts'

export interface Enrolment {
  readonly bikeId: string
  /** DEVICE_AUTHORITY_DIR */
  readonly authorityDir: string
  readonly sql: Sql
}

/** A new module of the bike. */
export async function enrolModule({ bikeId, authorityDir, sql }: Enrolment): Promise<Identity> {
  const authority = createAuthority({
    signer: await openAuthority(authorityDir),
    store: createDeviceStore(sql),
  })
  const keys = await generateKeys()
  const deviceId = randomUUID()
  const requestPem = await createRequest(keys, deviceId)
  const answer = await authority.enrol({ bikeId, deviceId, requestPem, days: 1 })
  if (answer.outcome === 'refused') throw new Error(`bike ${bikeId} gets no module: ${answer.detail}`)
  return {
    deviceId,
    key: await privateKeyPem(keys),
    certificate: answer.certificate.pem,
    authority: await readFile(join(authorityDir, 'ca.pem'), 'utf8'),
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
  return { certificate: readCertificate(pem), privateKey: keys.privateKey }
}
