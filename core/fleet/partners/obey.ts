// Carries out what the operator asks about partners.

import {
  type ProposingDeps,
  proposedText,
  proposeRetraction,
  retractionFault,
} from '../retraction/proposals.ts'
import { keyIdOf } from '../statements/seal.ts'
import type { Grant, PartnerFact, PartnerKey, PartnerStore } from './port.ts'
import type { PartnerRequest } from './request.ts'

type Asked<V extends PartnerRequest['verb']> = Extract<PartnerRequest, { verb: V }>
/** Reading and writing of key files. */
export interface KeyFiles {
  readPublic(file: string): Promise<Uint8Array>
  /** Writes a new private key beside its public one, and returns the public one. Never over another. */
  make(file: string): Promise<Uint8Array>
}

export interface ObeyDeps extends ProposingDeps {
  /** Who asks, as proposals name him. */
  readonly proposedBy: string
  readonly store: PartnerStore
  readonly files: KeyFiles
  readonly nowMs: number
}

/** Answers with what to print. Throws an Error for people. */
export async function obey(asked: PartnerRequest, deps: ObeyDeps): Promise<string> {
  const { store, files, nowMs } = deps
  switch (asked.verb) {
    case 'register': {
      const { partner, role } = asked
      const isNow = await store.register({ partnerId: partner, role })
      if (!isNow) throw new Error(`${partner} is registered with another role`)
      return `${partner} is a ${role}`
    }
    case 'grant':
      await known(store, asked.partner)
      await store.grant(asked.partner, grantsOf(asked))
      return `${asked.partner} may say ${asked.kinds.join(', ')} by ${asked.door}`
    case 'withdraw':
      await known(store, asked.partner)
      return `${await store.withdraw(asked.partner, grantsOf(asked))} grants withdrawn`
    case 'new-key':
      return `${asked.key} and ${asked.key}.pub, key ${keyIdOf(await files.make(asked.key))}`
    case 'add-key':
      return addKey(asked, deps)
    case 'end-key': {
      const untilMs = asked.until ?? nowMs
      if (!(await store.endKey(asked.key, untilMs))) throw new Error(`no key ${asked.key}`)
      return `${asked.key} is valid until ${timeText(untilMs)}`
    }
    case 'distrust-key':
      return distrustKey(asked, deps)
    case 'list': {
      const [partners, platformKeys] = [await store.list(), await store.platformKeys()]
      if (asked.json) {
        const platform = { partnerId: 'platform', keys: platformKeys.map(shownKey) }
        return JSON.stringify([...partners.map(shown), ...(platformKeys.length > 0 ? [platform] : [])])
      }
      const ownKeys = platformKeys.map((key) => `platform\n${describeKey(key)}`)
      return [...ownKeys, ...partners.map(describe)].join('\n')
    }
    case 'waiting': {
      const keys = await store.waiting()
      if (asked.json) return JSON.stringify(keys)
      return keys
        .map((key) => `${key.keyId}  ${key.records} records since ${timeText(key.oldestMs)}`)
        .join('\n')
    }
  }
}

async function known(store: PartnerStore, partnerId: string): Promise<void> {
  if ((await store.find(partnerId)) === undefined) throw new Error(`no partner ${partnerId}`)
}

const grantsOf = ({ kinds, door, brand, plant }: Asked<'grant' | 'withdraw'>): Grant[] =>
  kinds.map((kind) => ({ door, kind, brand, plant }))

async function addKey(asked: Asked<'add-key'>, { store, files }: ObeyDeps): Promise<string> {
  const { partner, from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = asked
  const publicKey = await files.readPublic(asked.key)
  const keyId = keyIdOf(publicKey)
  const times = { validFromMs: from, validUntilMs: until, distrustedFromMs: Number.POSITIVE_INFINITY }
  const owner =
    partner === 'platform'
      ? ({ partnerId: null, door: 'api' } as const)
      : ({ partnerId: partner, door: 'key' } as const)
  const added = await store.addKey({ keyId, ...owner, publicKey, ...times })
  if (added === 'partner_unknown') throw new Error(`no partner ${partner}`)
  if (added === 'key_taken') throw new Error(`${keyId} is the key of somebody else`)
  if (added === 'distrusted') throw new Error(`${keyId} is distrusted, which does not end: make a new key`)
  if (added === 'known') return `${keyId} is known already`
  return `${keyId} speaks for ${partner === 'platform' ? 'partners at the API' : partner}`
}

/** It takes a second person: what the key said may be the ground of much else. */
async function distrustKey(
  { key: keyId, from: fromMs, reason }: Asked<'distrust-key'>,
  { proposedBy, ...deps }: ObeyDeps,
): Promise<string> {
  const proposed = { proposalId: crypto.randomUUID(), reason, proposedBy }
  const answer = await proposeRetraction({ cause: 'distrust_key', keyId, fromMs }, proposed, deps)
  if ('refused' in answer) throw new Error(retractionFault(answer.refused))
  return proposedText(answer.proposal)
}

const timeText = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : 'ever')

const shown = ({ keys, ...partner }: PartnerFact) => ({
  ...partner,
  keys: keys.map(shownKey),
})

const shownKey = (key: PartnerKey) => ({
  ...{ keyId: key.keyId, partnerId: key.partnerId, door: key.door },
  publicKey: Buffer.from(key.publicKey).toString('base64url'),
  validFrom: timeText(key.validFromMs),
  validUntil: timeText(key.validUntilMs),
  distrustedFrom: timeText(key.distrustedFromMs),
})

const describe = ({ partnerId, role, keys, grants }: PartnerFact) =>
  [`${partnerId}  ${role}`, ...keys.map(describeKey), ...grants.map(describeGrant)].join('\n')

const describeKey = ({ keyId, door, validUntilMs, distrustedFromMs }: PartnerKey) =>
  [
    `  key ${keyId} (${door})`,
    ...(Number.isFinite(validUntilMs) ? [`until ${timeText(validUntilMs)}`] : []),
    ...(Number.isFinite(distrustedFromMs) ? [`distrusted from ${timeText(distrustedFromMs)}`] : []),
  ].join(', ')

const describeGrant = ({ kind, door, brand, plant }: Grant) =>
  `  may say ${kind} by ${door}, brand ${brand}, plant ${plant}`
