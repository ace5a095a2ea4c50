// Who owns a bike, for riders and staff: makes and reads codes, slows down guesses, and has the store carry out what plans decide.
import { claimCode, claimCodeCharacters } from '../../../proto/codec/claim-code.ts'
import { bikeSubject, frameSubject, locksOf } from '../../fleet/statements/subjects.ts'
import { hash } from '../../runtime/digest.ts'
import { planCase, planElapsed, planObjection, planSettlement } from './cases.ts'
import { planClaim, planOffer, planRelease, planWithdrawal } from './plan.ts'
import type {
  BikeQuestion,
  ClaimAttempts,
  Decision,
  Known,
  OwnershipService,
  OwnershipStore,
} from './port.ts'

const hour = 3_600_000
/** Tries of codes an hour, of an account and of an address; right ones count, too. */
const mostTries = 10
const casesAtOnce = 100

export interface OwnershipDeps {
  readonly store: OwnershipStore
  readonly attempts: ClaimAttempts
}

export function createOwnership({ store, attempts }: OwnershipDeps): OwnershipService {
  const { bikesOf, noticesOf, ownerOf, openCases } = store
  return {
    ...{ bikesOf, noticesOf, ownerOf, openCases },
    async claim({ riderId, address, code }) {
      const tries = await attempts.count([`rider:${riderId}`, `address:${address}`], hour)
      if (tries > mostTries) return { refused: 'too_many_tries' }
      const codeSha256 = sha256Of(code)
      return decide(store, { codeSha256 }, (known) => planClaim(known, { riderId, codeSha256 }))
    },
    async offer({ bikeId, ...asked }) {
      const code = claimCode(crypto.getRandomValues(new Uint8Array(16)))
      const offer = { ...asked, offerId: crypto.randomUUID(), codeSha256: sha256Of(code) }
      const outcome = await decide(store, { bikeId }, (known) => planOffer(known, offer))
      return 'refused' in outcome ? outcome : { ...outcome, code }
    },
    withdraw: ({ bikeId, ...asked }) => decide(store, { bikeId }, (known) => planWithdrawal(known, asked)),
    release: ({ bikeId, riderId }) => decide(store, { bikeId }, (known) => planRelease(known, riderId)),
    object: (asked) => decide(store, asked, (known) => planObjection(known, asked)),
    // An approval that was cut off is carried out again: then what became of the case counts.
    openCase: async (asked) =>
      (await store.caseOf(asked.caseId)) ??
      (await decide(store, { bikeId: asked.bikeId }, (known) => planCase(known, asked))),
    settleCase: (asked) => decide(store, { caseId: asked.caseId }, (known) => planSettlement(known, asked)),
    async elapse() {
      let effective = 0
      for (const caseId of await store.dueCases(casesAtOnce)) {
        const outcome = await decide(store, { caseId }, (known) => planElapsed(known, caseId))
        if (outcome !== undefined) effective++
      }
      await attempts.forget(hour)
      return effective
    },
  }
}

/** A text that is no code has a hash that no code has. */
const sha256Of = (code: string) => hash('sha256', claimCodeCharacters(code) ?? `no code: ${code}`, 'hex')

/** Sales of the bike are judged before or after, never meanwhile: else one that waits for its release might wait for ever. */
function decide<O>(
  store: OwnershipStore,
  question: BikeQuestion,
  plan: (known: Known) => Decision<O>,
): Promise<O> {
  return store.decide(question, {
    locks(found) {
      const { bikeId, frameNumber } = found ?? { bikeId: JSON.stringify(question), frameNumber: undefined }
      const frame = frameNumber === undefined ? [] : [frameSubject(frameNumber)]
      return locksOf([bikeSubject(bikeId), ...frame])
    },
    decide: plan,
  })
}
