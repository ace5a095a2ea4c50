// What plants, OEMs and workshops say about the bikes they made and mended, all of it true.
import { hash } from 'node:crypto'
import { claimCodeCharacters } from '../../proto/codec/claim-code.ts'
import { createRandom, type Random, randomUuid } from '../random.ts'
import { models, types } from './catalogue.ts'
import type { Component, MadeBike } from './factory.ts'
import type { Statement, StatementContents, StatementKind } from './statement.ts'

export const isoTime = (ms: number) => new Date(ms).toISOString()
export const referenceTo = ({ type, serialNumber }: Component) => ({ type, serialNumber })

/** Makes statements with ids of their own. */
export function createSpeaker(random: Random) {
  return <K extends StatementKind>(
    kind: K,
    content: StatementContents[K],
    { source, atMs }: { source: string; atMs: number },
  ): Statement => ({
    version: 1,
    eventId: randomUuid(random),
    source,
    occurredAt: isoTime(atMs),
    [kind]: content,
  })
}

export type Say = ReturnType<typeof createSpeaker>

/** The definitions of all types and models. */
export function sayCatalogue({ seed, atMs }: { seed: number; atMs: number }): Statement[] {
  const say = createSpeaker(createRandom(seed).fork('catalogue'))
  const origin = { source: 'oem:radwerk', atMs }
  return [
    ...Object.values(types).map(({ definition }) => say('componentTypeDefined', definition, origin)),
    ...models.map((model) => say('bikeModelDefined', model, origin)),
  ]
}

/** All about these bikes and their parts, in the order in which it happened. */
export function sayAbout(bikes: readonly MadeBike[], { seed }: { seed: number }): Statement[] {
  const say = createSpeaker(createRandom(seed).fork('statements'))
  return bikes
    .flatMap((bike) => sayAboutOne(bike, say))
    .sort((a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt))
}

function sayAboutOne(bike: MadeBike, say: Say): Statement[] {
  const { frameNumber, plant, oem, producedAtMs, deliveredAtMs, soldAtMs, claimCode, exchanges } = bike
  const components = [...bike.parts, ...exchanges.map(({ installed }) => installed)]
  return [
    ...components.map((component) => sayComponent(component, say)),
    say('bikeProduced', asProduced(bike), { source: `plant:${plant}`, atMs: producedAtMs }),
    say(
      'bikeDelivered',
      { frameNumber, deliveredAt: isoTime(deliveredAtMs) },
      { source: `oem:${oem}`, atMs: deliveredAtMs },
    ),
    say(
      'bikeSold',
      { frameNumber, soldAt: isoTime(soldAtMs), claimCodeSha256: sha256Of(claimCode) },
      { source: `oem:${oem}`, atMs: soldAtMs },
    ),
    ...exchanges.map(({ slot, removed, installed, workshop, atMs }) => {
      const content = {
        slot,
        removed: referenceTo(removed),
        installed: referenceTo(installed),
        reason: 'worn',
      }
      return say('componentSwapped', { frameNumber, ...content }, { source: `service:${workshop}`, atMs })
    }),
  ]
}

/** In base64, as the JSON mapping has bytes. Nobody but dealer and buyer knows the code. */
function sha256Of(claimCode: string): string {
  return hash('sha256', claimCodeCharacters(claimCode) ?? '', 'base64')
}

function sayComponent(component: Component, say: Say): Statement {
  const { hardwareRevision, firmwareRevision, batch, plant, producedAtMs } = component
  const facts = { hardwareRevision, firmwareRevision, batch, plant, producedAt: isoTime(producedAtMs) }
  const content = { component: referenceTo(component), ...facts }
  return say('componentProduced', content, { source: `plant:${plant}`, atMs: producedAtMs })
}

function asProduced(bike: MadeBike): StatementContents['bikeProduced'] {
  const { bikeId, frameNumber, modelId, plant, oem, producedAtMs, parts } = bike
  const fitted = parts.map((part) => ({ slot: part.type, component: referenceTo(part) }))
  return { bikeId, frameNumber, modelId, plant, oem, producedAt: isoTime(producedAtMs), parts: fitted }
}
