// Modules of bikes with their keys and certificates, as MQTT clients.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { createAuthority } from '../../authority/authority.ts'
import { type Folder, openAuthority } from '../../authority/folder.ts'
import { generateKeys, privateKeyPem } from '../../authority/keys.ts'
import type { DeviceStore } from '../../authority/port.ts'
import { createRequest } from '../../authority/requests.ts'

export interface TestModule {
  readonly deviceId: string
  readonly bikeId: string
  /** The serial number of its certificate. */
  readonly certificate: string
  /** What it shows to the broker, and whom it believes. */
  readonly tls: { readonly key?: string; readonly cert?: string; readonly ca: Buffer }
}

export interface ModuleMaker {
  readonly mqttUrl: string
  /** Of the authority that the broker believes. */
  readonly authority: Folder
  readonly store: DeviceStore
}

/** Enrols a module of a bike, which is a new one unless given, or the same device again when `renewalOf` is given; `signedIn` is another authority. */
export async function makeModule(
  { authority: own, store }: ModuleMaker,
  options: {
    renewalOf?: TestModule
    bikeId?: string
    signedIn?: Folder
    days?: number
    nowMs?: number
  } = {},
): Promise<TestModule> {
  const { renewalOf, signedIn = own, days = 30, nowMs = Date.now() } = options
  const { deviceId, bikeId } = renewalOf ?? { deviceId: randomUUID(), bikeId: options.bikeId ?? randomUUID() }
  const authority = createAuthority({ signer: await openAuthority(signedIn), store })
  const keys = await generateKeys()
  const asked = { deviceId, requestPem: await createRequest(keys, 'module'), days, nowMs }
  const answer = await (renewalOf ? authority.renew(asked) : authority.enrol({ ...asked, bikeId }))
  if (answer.outcome === 'refused') throw new Error(answer.detail)
  const ca = await readFile(join(own.dir, 'ca.pem'))
  const { serialNumber: certificate } = answer.certificate
  return {
    deviceId,
    bikeId,
    certificate,
    tls: { key: await privateKeyPem(keys), cert: answer.certificate.pem, ca },
  }
}

/** One attempt to connect. Rejects when the broker refuses, whether in the handshake or afterwards. */
export async function connectModule(
  { mqttUrl }: ModuleMaker,
  module: TestModule,
  more: IClientOptions = {},
): Promise<MqttClient> {
  const options = {
    ...module.tls,
    clientId: module.deviceId,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    ...more,
  }
  const client = await connectAsync(mqttUrl, options, false)
  client.on('error', () => undefined)
  return client
}
