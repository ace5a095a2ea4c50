// Attacks with commands: by who owned a bike before, by who fills its queue, and by who forges one.
import { createPrivateKey, createPublicKey, hash, randomUUID, sign } from 'node:crypto'
import pino from 'pino'
import { encodeCommand } from '../../../core/devices/commands/message.ts'
import { signCommand } from '../../../core/devices/commands/signed-command.ts'
import { createPublisher } from '../../../core/engines/rabbitmq/publisher.ts'
import { newModule, type RigModule } from '../../../testkit/platform/modules.ts'
import type { Rider } from '../../../testkit/platform/platform.ts'
import { type ApiAnswer, type Attack, type AttackContext, falls, holds, mustWork } from '../attack-types.ts'

/** A rider's bike with a module that verifies commands; it has visited the broker and sleeps. */
async function sleepingBike(context: AttackContext): Promise<{ owner: Rider; module: RigModule }> {
  const { platform } = context
  const owner = await platform.newRider({ bikes: 1 })
  const [bikeId = ''] = owner.bikeIds
  const module = await newModule(platform, { bikeId, seed: 11 })
  module.wake()
  await context.until('the module is online', async () => module.isOnline())
  const first = await command(context, owner, bikeId)
  mustWork('the owner commands the bike', first.status === 202)
  await context.until('the module obeys its owner', async () => module.commands.length > 0)
  await module.sleep()
  await context.until('the platform knows that it sleeps', async () => {
    const online = await platform.sql`
      select from device_presence where device_id = ${module.identity.deviceId} and online`
    return online.length === 0
  })
  return { owner, module }
}

const command = (context: AttackContext, { token }: Pick<Rider, 'token'>, bikeId: string) =>
  context.ask(`/v1/bikes/${bikeId}/commands`, {
    ...{ method: 'POST', token, headers: { 'idempotency-key': randomUUID() } },
    body: { kind: 'unlock', ttlS: 3_600 },
  })

const idOf = ({ body }: ApiAnswer) => (body as { commandId?: string } | undefined)?.commandId

/** The owner offers the bike, and another rider accepts. */
async function sell(context: AttackContext, owner: Rider, bikeId: string): Promise<Rider> {
  const { platform } = context
  const buyer = await platform.newRider({ bikes: 0 })
  const path = `/v1/riders/me/bikes/${bikeId}/offers`
  const offer = await context.ask(path, { method: 'POST', token: owner.token, body: {} })
  const { code = '' } = (offer.body ?? {}) as { code?: string }
  await platform.sql`delete from claim_attempts`
  const claim = { method: 'POST', token: buyer.token, body: { code } } as const
  const claimed = await context.ask('/v1/riders/me/claims', claim)
  mustWork('the buyer accepts the offer', claimed.status === 201)
  return buyer
}

const afterTheSale: Attack = {
  name: 'commands-outlive-a-sale',
  found:
    '50 unlock commands were queued for a sleeping bike; sold, it obeyed them at the buyer’s, who got 429',
  withinMs: 180_000,
  run: async (context) => {
    const { owner, module } = await sleepingBike(context)
    const { bikeId } = module
    for (let n = 0; n < 50; n++) await command(context, owner, bikeId)
    const buyer = await sell(context, owner, bikeId)
    const late = await command(context, owner, bikeId)
    if (late.status === 202) return falls('the former owner commands the bike')
    const own = await command(context, buyer, bikeId)
    if (own.status !== 202) return falls(`the buyer got ${own.status}`)
    const before = module.commands.length
    module.wake()
    const heard = () => module.commands.slice(before)
    await context.until('the bike obeys its buyer', async () =>
      heard().some(({ commandId }) => commandId === idOf(own)),
    )
    await module.sleep()
    const foreign = heard().filter(({ commandId }) => commandId !== idOf(own))
    return foreign.length === 0
      ? holds
      : falls(`the bike heard ${foreign.length} commands of its former owner`)
  },
}

const lockedOut: Attack = {
  name: 'commands-of-others-lock-out',
  found: 'whoever filled the queue of a bike cost everybody else a 429',
  run: async (context) => {
    const { owner, module } = await sleepingBike(context)
    const staff = await context.token({ subject: `staff-${randomUUID()}`, roles: ['command'] })
    const statuses: number[] = []
    for (let n = 0; n < 60; n++)
      statuses.push((await command(context, { token: staff }, module.bikeId)).status)
    mustWork('the queue of staff is full', statuses.includes(429))
    const own = await command(context, owner, module.bikeId)
    return own.status === 202 ? holds : falls(`the owner got ${own.status} for what staff queued`)
  },
}

/** Whoever may publish to the broker, and has a key that the authority certified for something else. */
const forged: Attack = {
  name: 'command-forged',
  found: 'a bike obeyed whatever came through the broker, by whomever it was made',
  run: async (context) => {
    const { module } = await sleepingBike(context)
    const { bikeId, identity } = module
    module.wake()
    await context.until('the module is online', async () => module.isOnline())
    const key = createPrivateKey(identity.key)
    const spki = createPublicKey(identity.key).export({ type: 'spki', format: 'der' })
    const certificates = (identity.certificate.match(/(?<=BEGIN CERTIFICATE-----)[^-]+/g) ?? []).map(
      (base64) => new Uint8Array(Buffer.from(base64, 'base64')),
    )
    const signingKey = {
      keyId: Buffer.from(hash('sha256', spki, 'hex'), 'hex'),
      certificates,
      sign: (bytes: Uint8Array) => sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
    }
    const [nowMs, commandId] = [Date.now(), randomUUID()]
    const times = { createdAtMs: nowMs, expiresAtMs: nowMs + 60_000 }
    const payload = encodeCommand({ commandId, bikeId, ...times, action: { kind: 'unlock' } })
    const publisher = createPublisher({
      ...{ url: context.platform.env.AMQP_URL ?? '', name: 'attack', log: pino({ level: 'silent' }) },
    })
    try {
      const routingKey = `bikes.${bikeId}.commands`
      await publisher.publish([
        { routingKey, body: payload },
        { routingKey, body: signCommand(payload, [identity.deviceId], signingKey) },
      ])
    } finally {
      await publisher.close()
    }
    const heard = () => module.commands.filter((each) => each.commandId === commandId)
    await context.until('the module has heard both', async () => heard().length === 2)
    await module.sleep()
    return heard().every(({ action }) => action === undefined) ? holds : falls('the bike obeyed a forger')
  },
}

export const commandAttacks: readonly Attack[] = [afterTheSale, lockedOut, forged]
