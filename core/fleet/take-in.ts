// Takes received statements into the store. One that the store cannot hold is refused, and holds up no other.
import { finding } from './findings.ts'
import { type IntakePlan, planIntake, type ReceivedStatement } from './plan.ts'
import { type FleetStore, UnstorableError } from './port.ts'
import type { Rule } from './rules/rule.ts'

export interface TakeInDeps {
  readonly store: Pick<FleetStore, 'decide'>
  readonly rules: readonly Rule[]
}

export async function takeIn(received: readonly ReceivedStatement[], deps: TakeInDeps): Promise<IntakePlan> {
  const { store, rules } = deps
  const statements = received.map(({ event }) => event)
  try {
    return await store.decide({ statements }, (known) => planIntake(received, known, rules))
  } catch (error) {
    if (!(error instanceof UnstorableError)) throw error
    if (received.length > 1) return takeInHalves(received, deps)
    return store.decide({ statements }, (known) => planIntake(received, known, [refusal(error.message)]))
  }
}

async function takeInHalves(received: readonly ReceivedStatement[], deps: TakeInDeps): Promise<IntakePlan> {
  const middle = Math.ceil(received.length / 2)
  const first = await takeIn(received.slice(0, middle), deps)
  const second = await takeIn(received.slice(middle), deps)
  return {
    judged: [...first.judged, ...second.judged],
    repeated: [...first.repeated, ...second.repeated],
    reused: [...first.reused, ...second.reused],
  }
}

const refusal = (fault: string): Rule => ({
  reasons: ['field_invalid'],
  find: () => [finding('field_invalid', '', { detail: `the database cannot hold it: ${fault}` })],
})
