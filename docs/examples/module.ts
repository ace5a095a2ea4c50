// A whole IoT module in one file, with mqtt.js: it reports its battery every second, obeys each command once, and answers.
//   node_modules/.bin/node docs/examples/module.ts --url mqtts://HOST:PORT --bike UUID --device UUID --key FILE --cert FILE --ca FILE
import { createHash, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import mqtt from 'mqtt'
import {
  type ApplySettings,
  type Command,
  CommandAckSchema,
  CommandSchema,
  CommandStage,
  SettingsReportSchema,
  type SignedCommand,
  SignedCommandSchema,
} from '../../proto/gen/mobility/devices/v1/command_pb.js'
import { uuidBytes, uuidText, writeTrack } from '../../proto/index.ts'

const text = { type: 'string', default: '' } as const
const { values: given } = parseArgs({
  options: { url: text, bike: text, device: text, key: text, cert: text, ca: text },
})
const { bike: bikeId, device: deviceId } = given

const client = mqtt.connect(given.url, {
  protocolVersion: 4, // MQTT 3.1.1
  clientId: deviceId,
  key: readFileSync(given.key),
  cert: readFileSync(given.cert),
  ca: readFileSync(given.ca),
  clean: false, // the broker keeps commands while the module sleeps
  reconnectPeriod: 1_000 + 9_000 * Math.random(), // never in step with the rest of the fleet
})
client.on('error', ({ message }) => console.error(JSON.stringify(message))) // whatever the network says, in one line
client.on('connect', () => client.subscribe(`bikes/${bikeId}/commands`, { qos: 1 }))

// Telemetry. mqtt.js keeps in memory what the broker has not acknowledged; a real module keeps it in its flash.
const bootedAtMs = Date.now()
let sequence = 0
setInterval(() => {
  const nowMs = Date.now()
  sequence += 1
  const track = writeTrack({
    bikeId,
    recorderId: deviceId,
    kind: 'battery',
    clock: { bootId: 1, clockEpoch: 0, monotonicStartMs: nowMs - bootedAtMs },
    sequence,
    timesMs: [nowMs],
    columns: [{ key: 'state_of_charge_pct', values: [815] }], // 81.5 %
  })
  client.publish(`bikes/${bikeId}/telemetry/battery`, Buffer.from(track), { qos: 1 })
}, 1_000)

// Commands. Their ends are remembered, here in memory and in a real module across restarts, so that nothing is done twice.
const ended = new Map<string, CommandStage>()
client.on('message', (_, payload) => {
  const message = readable(() => fromBinary(CommandSchema, payload))
  if (message?.commandId.length !== 16) return // no command, and nobody to answer
  const command = readable(() => verified(message))
  const { commandId } = command ?? message
  const id = uuidText(commandId)
  const answer = (stage: CommandStage) => {
    const ack = create(CommandAckSchema, { commandId, stage, atMs: BigInt(Date.now()) })
    const topic = `bikes/${bikeId}/commands/${id}/ack`
    client.publish(topic, Buffer.from(toBinary(CommandAckSchema, ack)), { qos: 1 })
  }
  if (command === undefined) return answer(CommandStage.REJECTED)
  const before = ended.get(id)
  if (before !== undefined) return answer(before)
  answer(CommandStage.ACKNOWLEDGED)
  const stage = Date.now() >= Number(command.expiresAtMs) ? CommandStage.EXPIRED : obey(command)
  ended.set(id, stage)
  answer(stage)
})

/** Undefined for bytes of strangers that are no message and no certificate: they must not end the module. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The signed form, if a key signed it that the root vouches for, for this bike and this module; otherwise undefined. */
function verified({ signed, signature, keyId, certificates }: Command): SignedCommand | undefined {
  const root = new X509Certificate(readFileSync(given.ca))
  const [own, ...more] = certificates.map((der) => new X509Certificate(der))
  // Certificates of modules and brokers chain to the same root: only one for code signing may sign commands.
  if (own === undefined || own.ca || !own.keyUsage?.includes('1.3.6.1.5.5.7.3.3')) return undefined
  const chain = [own, ...more, root]
  const isVouchedFor = chain.slice(0, -1).every((each, n) => {
    const issuer = chain[n + 1] as X509Certificate
    const isNow = each.validFromDate.getTime() <= Date.now() && Date.now() < each.validToDate.getTime()
    return isNow && issuer.ca && each.checkIssued(issuer) && each.verify(issuer.publicKey)
  })
  const spki = own.publicKey.export({ type: 'spki', format: 'der' })
  const isNamed = createHash('sha256').update(spki).digest().equals(keyId)
  const key = { key: own.publicKey, dsaEncoding: 'ieee-p1363' } as const
  if (!isVouchedFor || !isNamed || !verify('sha256', signed, key, signature)) return undefined
  const command = fromBinary(SignedCommandSchema, signed)
  const isOurs = Buffer.from(uuidBytes(bikeId)).equals(command.bikeId)
  return isOurs && command.deviceIds.some((each) => uuidText(each) === deviceId) ? command : undefined
}

// Settings: a newer version takes the place of the older one; the platform is told what the bike has made of it.
let current = create(SettingsReportSchema)
function applySettings({ version, settings }: ApplySettings): CommandStage {
  if (version > current.version) {
    current = create(SettingsReportSchema, { version, ...(settings && { settings }) })
    console.log('settings of version', version)
  }
  client.publish(`bikes/${bikeId}/settings`, Buffer.from(toBinary(SettingsReportSchema, current)), { qos: 1 })
  return CommandStage.EXECUTED
}

function obey({ action }: SignedCommand): CommandStage {
  if (action.case === 'applySettings') return applySettings(action.value)
  if (action.case !== 'light') return CommandStage.REJECTED
  console.log(action.value.on ? 'light on' : 'light off')
  return CommandStage.EXECUTED
}
