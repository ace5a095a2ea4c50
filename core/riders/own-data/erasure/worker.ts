// Carries out erasures, step by step; docs/decisions/erasure.md says why in this order.
import type { Logger } from 'pino'
import { rest } from '../../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../../runtime/loop.ts'
import { awaitedTopics, certificateStores, stepAfter } from './plan.ts'
import type {
  Erasure,
  ErasureStore,
  GroupProgress,
  Journal,
  LiftedBlocks,
  SampleEraser,
  Step,
} from './port.ts'

export interface ErasureDeps {
  readonly store: ErasureStore
  readonly samples: SampleEraser
  readonly journal: Journal
  readonly progress: GroupProgress
  /** The name of a topic, and the groups that read it. */
  readonly topic: (topic: string) => string
  readonly readersOf: (topic: string) => readonly string[]
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly now?: () => number
  readonly everyMs?: number
  /** Whoever judges telemetry may go by what was known of a bike so long before. */
  readonly settleMs?: number
}

const erasuresAtOnce = 10

/** Several processes may work on one erasure: what is done twice counts once. A process that ends leaves its step to the next round. */
export function createErasures(deps: ErasureDeps): Loop {
  const { store, log, everyMs = 1_000 } = deps
  return createLoop({
    what: 'erasures',
    log,
    async round(signal) {
      const failed: unknown[] = []
      for (const erasure of await store.open(erasuresAtOnce)) {
        if (signal.aborted) return
        await advance(erasure, deps).catch((error: unknown) => failed.push(error))
      }
      if (failed.length > 0) throw failed[0]
      await rest(everyMs, signal)
    },
  })
}

/** Takes one step of an erasure, unless it has to wait. */
export async function advance(erasure: Erasure, deps: ErasureDeps): Promise<void> {
  const { store, samples, log } = deps
  const { erasureId, step } = erasure
  if (awaitedTopics[step] !== undefined && !(await havePassed(erasure, deps))) return
  if (step === 'known') {
    const entry = await store.bury(erasure)
    if (!(await store.areBikesKnown(erasure))) return
    await deps.journal.write(entry)
  }
  if (step === 'documents') await samples.erase(await store.samplesOf(erasure), blocksOf(erasure, store))
  if (step === 'rows') await store.eraseRows(erasure)
  if (step === 'expunged' && !(await samples.expunge())) return
  if (step === 'counted') return finish(erasure, deps)
  await store.reach(erasure, stepAfter(step) as Step)
  log.info({ erasureId, step }, 'a step of an erasure is done')
}

async function havePassed(erasure: Erasure, deps: ErasureDeps): Promise<boolean> {
  const { store, progress, topic, readersOf, now = Date.now, settleMs = 30_000 } = deps
  const { step, awaited, reachedMs } = erasure
  const topics = awaitedTopics[step] ?? []
  if (awaited === undefined) {
    const isSettled = now() >= (reachedMs.known ?? 0) + settleMs
    if (isSettled) await store.reach(erasure, step, await progress.ends(topics.map(topic)))
    return false
  }
  const behind = await Promise.all(
    topics.map((name) => {
      const ends = { [topic(name)]: awaited[topic(name)] ?? [] }
      return progress.behind(readersOf(name), ends)
    }),
  )
  return behind.flat().length === 0
}

/** An erasure is done when nothing is left. A batch that was at work may have added to what was deleted: then it deletes again. */
async function finish(erasure: Erasure, { store, samples, log, now = Date.now }: ErasureDeps): Promise<void> {
  const { erasureId } = erasure
  const rows = await store.rowsLeft(erasure)
  const documents = await samples.count(await store.samplesOf(erasure))
  if (documents > 0 || Object.keys(rows).length > 0) {
    log.warn({ erasureId, documents, rows }, 'an erasure left something, and begins again with the documents')
    return store.reach(erasure, 'documents')
  }
  await store.finish(erasure, certificateStores({ ...erasure, doneAtMs: now() }))
  log.info({ erasureId }, 'an erasure is done')
}

const blocksOf = (erasure: Erasure, store: ErasureStore): LiftedBlocks => ({
  lifted: erasure.unblocked,
  lift: (index) => store.unblock(erasure, index),
  putBack: (index) => store.blocked(erasure, index),
})
