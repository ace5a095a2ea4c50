// Attacks with modules: what they tell of, by which certificate they come, and how many of them a bike has.
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import { openAuthority, validFor } from '../../../core/devices/authority/folder.ts'
import { generateKeys, privateKeyPem, signingAlgorithm } from '../../../core/devices/authority/keys.ts'
import { createRequest } from '../../../core/devices/authority/requests.ts'
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Name,
  X509CertificateGenerator,
} from '../../../core/devices/authority/x509.ts'
import {
  connectModule,
  type ModuleMaker,
  makeModule,
  type TestModule,
} from '../../../core/devices/gatekeeper/testing/modules.ts'
import { createDeviceStore } from '../../../core/engines/postgres/devices/device-store.ts'
import { provisionBrokerUsers } from '../../../core/engines/rabbitmq/index.ts'
import { createManagement } from '../../../core/engines/rabbitmq/management.ts'
import { writeTrack } from '../../../proto/index.ts'
import { authorityFolder } from '../../../testkit/enrol.ts'
import { countDocuments } from '../../../testkit/platform/observe.ts'
import { rideTrack } from '../../../testkit/platform/rides.ts'
import { type Attack, type AttackContext, falls, holds, mustWork } from '../attack-types.ts'

const authorityCommand = 'core/devices/authority/command.ts'
const dayMs = 86_400_000
const samples = 10

async function makerOf({ platform }: AttackContext): Promise<ModuleMaker> {
  const authority = await authorityFolder(platform.env)
  return { mqttUrl: platform.env.MQTT_URL ?? '', authority, store: createDeviceStore(platform.sql) }
}

/** A rider's bike with a module that was enrolled a moment ago. */
async function ownBike(context: AttackContext) {
  const maker = await makerOf(context)
  const rider = await context.platform.newRider({ bikes: 1 })
  const [bikeId = ''] = rider.bikeIds
  const module = await makeModule(maker, { bikeId })
  await context.platform.bikesKnown()
  return { maker, rider, module }
}

/** Publishes a ride that began then, and resolves when the broker has it. */
async function tell(client: MqttClient, { bikeId, deviceId }: TestModule, startMs: number): Promise<void> {
  const payload = Buffer.from(writeTrack(rideTrack({ bikeId, recorderId: deviceId, startMs, samples })))
  await client.publishAsync(`bikes/${bikeId}/telemetry/ride`, payload, { qos: 1 })
}

const attempt = async (maker: ModuleMaker, module: TestModule): Promise<boolean> => {
  const client = await connectModule(maker, module).catch(() => undefined)
  await client?.endAsync(true)
  return client !== undefined
}

const beforeEnrolment: Attack = {
  name: 'module-before-its-enrolment',
  found: "a module enrolled today told of fifty days ago, in the former owner's time",
  run: async (context) => {
    const { platform } = context
    const { maker, rider, module } = await ownBike(context)
    const client = await connectModule(maker, module)
    try {
      await tell(client, module, Date.now() - 60_000)
      await context.until('what it measures now is stored', async () => {
        return (await countDocuments(platform, rider)) === samples
      })
      await tell(client, module, Date.now() - 50 * dayMs)
      await context.until('what it tells of before has come through', async () => {
        const [kept] = await platform.sql`select from quarantine where bike_id = ${module.bikeId}`
        return kept !== undefined || (await countDocuments(platform, rider)) > samples
      })
      const more = (await countDocuments(platform, rider)) - samples
      return more === 0 ? holds : falls(`${more} samples of fifty days before the enrolment are stored`)
    } finally {
      await client.endAsync(true)
    }
  },
}

const outlivingCertificate: Attack = {
  name: 'connection-outlives-its-certificate',
  found: 'an expired certificate goes on publishing',
  run: async (context) => {
    const { maker, module } = await ownBike(context)
    const client = await connectModule(maker, module)
    try {
      await tell(client, module, Date.now() - 60_000)
      // Its last day is over.
      await context.platform.sql`
        update device_certificates set not_after = now() where serial_number = ${module.certificate}`
      const ended = await context
        .until('the connection has ended', async () => !client.connected)
        .then(
          () => true,
          () => false,
        )
      return ended ? holds : falls('the connection is open 45 s after the end of its certificate')
    } finally {
      await client.endAsync(true)
    }
  },
}

const copiedCertificate: Attack = {
  name: 'certificate-revoked-alone',
  found:
    'only a whole device could be shut out: whoever had copied a key came back until the module itself was given up',
  run: async (context) => {
    const { maker, module } = await ownBike(context)
    const renewed = await makeModule(maker, { renewalOf: module })
    const thief = await connectModule(maker, module)
    try {
      const revoked = await context.command(authorityCommand, [
        ...['revoke-certificate', module.certificate, '--reason', 'its key was copied'],
      ])
      mustWork('an operator revokes a certificate', revoked.exitCode === 0)
      const ended = await context
        .until('the connection has ended', async () => !thief.connected)
        .then(
          () => true,
          () => false,
        )
      if (!ended) return falls('the connection by the revoked certificate stays open')
      // The broker remembers for some seconds that it may log in.
      await context.until('it is refused', async () => !(await attempt(maker, module)))
      mustWork('the module goes on with its renewed certificate', await attempt(maker, renewed))
      return holds
    } finally {
      await thief.endAsync(true)
    }
  },
}

/** A certificate in the name of the module, by somebody who has that authority's key but not the registry. */
async function forge(
  maker: ModuleMaker,
  module: TestModule,
  { by, serial }: { by: 'devices' | 'servers'; serial: string },
): Promise<TestModule> {
  const [signer, keys] = [await openAuthority(maker.authority, by), await generateKeys()]
  const certificate = await X509CertificateGenerator.create({
    subject: new Name([{ CN: [module.deviceId] }, { '2.5.4.5': [{ printableString: serial }] }]),
    ...{ issuer: signer.certificate.subjectName, publicKey: keys.publicKey },
    ...{ signingKey: signer.privateKey, signingAlgorithm, ...validFor(1, Date.now()) },
    extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
  })
  const cert = `${certificate.toString('pem')}\n${signer.chain}`
  return { ...module, certificate: serial, tls: { ...module.tls, key: await privateKeyPem(keys), cert } }
}

const forgedCertificate: Attack = {
  name: 'certificate-that-nobody-issued',
  found:
    "whoever had the authority's key made certificates of any module, and nothing showed that they were never issued",
  run: async (context) => {
    const { maker, module } = await ownBike(context)
    mustWork('the module itself gets in', await attempt(maker, module))
    const forgeries = [
      { by: 'devices', serial: randomUUID().replaceAll('-', '') },
      // The number of the genuine one is known: but this authority vouches for no module.
      { by: 'servers', serial: module.certificate },
    ] as const
    for (const { by, serial } of forgeries) {
      if (await attempt(maker, await forge(maker, module, { by, serial }))) {
        return falls(`a certificate that the key of the authority for ${by} signed by itself gets in`)
      }
    }
    return holds
  },
}

const secondModule: Attack = {
  name: 'second-module-silently',
  found: 'a second module is enrolled for a bike silently',
  run: async (context) => {
    const { module } = await ownBike(context)
    const dir = await mkdtemp(join(tmpdir(), 'attack-'))
    const enrol = async (bikeId: string, ...more: string[]) => {
      const file = join(dir, randomUUID())
      await writeFile(file, await createRequest(await generateKeys(), 'module'))
      return context.command(authorityCommand, ['enrol', '--bike', bikeId, '--request', file, ...more])
    }
    try {
      mustWork('a first module is enrolled', (await enrol(randomUUID())).exitCode === 0)
      if ((await enrol(module.bikeId)).exitCode === 0) return falls('the bike has two modules')
      const proposed = await enrol(module.bikeId, '--second', '--reason', 'mine')
      mustWork('a second module is proposed', proposed.exitCode === 0)
      const alone = await context.command(authorityCommand, ['enrol-approved', proposed.stdout.trim()])
      return alone.exitCode === 0 ? falls('whoever proposes a second module enrols it alone') : holds
    } finally {
      await rm(dir, { recursive: true })
    }
  },
}

const administratorAsModule: Attack = {
  name: 'administrator-on-the-port-of-the-bikes',
  found:
    "a module's certificate with the name and password of the broker's administrator came in as administrator",
  run: async (context) => {
    const { maker, module } = await ownBike(context)
    const managementUrl = context.platform.env.RABBITMQ_MANAGEMENT_URL ?? ''
    const login = { username: `attack-${randomUUID()}`, password: randomBytes(16).toString('hex') }
    const account = { name: login.username, password: login.password, tag: 'administrator' } as const
    // As provisioning makes administrators.
    await provisionBrokerUsers({ managementUrl }, [account])
    try {
      const url = Object.assign(new URL(managementUrl), login).href
      const answer = await createManagement({ managementUrl: url }).ask({ path: 'connections' })
      mustWork('the administrator reads connections', answer !== undefined)
      mustWork('the module connects', await attempt(maker, module))
      const client = await connectModule(maker, module, login).catch(() => undefined)
      await client?.endAsync(true)
      return client === undefined ? holds : falls('the administrator is connected on the port of the bikes')
    } finally {
      await createManagement({ managementUrl }).ask({ method: 'DELETE', path: `users/${login.username}` })
    }
  },
}

export const deviceAttacks: readonly Attack[] = [
  ...[beforeEnrolment, outlivingCertificate, copiedCertificate, forgedCertificate, secondModule],
  administratorAsModule,
]
