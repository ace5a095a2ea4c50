// The population prior by which estimates are made now: asked for anew every half minute, and the shipped one where none was made.
import { priorOf } from './make-prior.ts'
import type { Prior } from './port.ts'
import type { PriorStore } from './prior-port.ts'
import { shippedPrior } from './shipped-prior.ts'

const keptMs = 30_000

/** Requests at the same time share one question. Rejects where the store does not answer; then the next request asks again. */
export function createCurrentPrior(store: Pick<PriorStore, 'used'>, now = Date.now): () => Promise<Prior> {
  let asked: { readonly atMs: number; readonly prior: Promise<Prior> } | undefined

  async function ask(): Promise<Prior> {
    const used = await store.used()
    return used === undefined ? shippedPrior : priorOf(used)
  }

  return () => {
    const atMs = now()
    if (asked !== undefined && atMs - asked.atMs < keptMs) return asked.prior
    const prior = ask()
    asked = { atMs, prior }
    prior.catch(() => {
      asked = undefined
    })
    return prior
  }
}
