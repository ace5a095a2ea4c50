// A store of clock decisions as PostgreSQL keeps them: in their order, none revised, the first that fits holds.
import { isSameBoot, isSameEpoch } from '../clock.ts'
import type { ClockProposal, ClockQuestion, ClockStore } from '../port.ts'

export interface MemoryClockStore extends ClockStore {
  readonly kept: readonly ClockProposal[]
  /** What was asked for, question after question. */
  readonly asked: readonly (readonly ClockQuestion[])[]
}

export function memoryClockStore(): MemoryClockStore {
  const kept: ClockProposal[] = []
  const asked: (readonly ClockQuestion[])[] = []
  const known = (question: ClockQuestion) => {
    const ofEpoch = kept.filter((each) => isSameEpoch(question, each))
    const own = ofEpoch.find((each) => isSameBoot(question, each))
    return { own: own?.decision, epoch: ofEpoch[0]?.decision }
  }
  return {
    kept,
    asked,
    async find(questions) {
      asked.push(questions)
      return questions.map(known)
    },
    async decide(questions, plan) {
      kept.push(...plan(questions.map(known)))
    },
  }
}
