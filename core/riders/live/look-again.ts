// Looks again and again, for all readers together, at the bikes that somebody follows: one question to the store however
// many readers there are, and none while there is no reader.
import type { Logger } from 'pino'
import { rest, within } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import { createWatch } from '../../runtime/watch.ts'
import type { Live, LiveReader, LiveState, LiveStore } from './port.ts'

/** With the store's answer less than the second within which a stream ends after the reader's right. */
const defaultEveryMs = 300
const storeBoundMs = 600
/** States of so many readers are read between two looks: when all bikes change at once, nobody's right is looked at later for it. */
const toldAtOnce = 200
const idleMs = 60_000

export interface LookDeps {
  readonly store: LiveStore
  readonly log: Pick<Logger, 'warn'>
  readonly everyMs?: number
}

interface Following {
  readonly reader: LiveReader
  readonly raise: () => void
  state: (LiveState & { readonly version: string }) | 'ended' | undefined
}

export function createLive({ store, log, everyMs = defaultEveryMs }: LookDeps): Live & { loop: Loop } {
  const following = new Set<Following>()
  const somebody = createWatch(() => undefined)

  /** Whether somebody is still to be told. */
  async function lookOnce(): Promise<boolean> {
    const present = [...following]
    const looks = await store.look(present.map(({ reader }) => reader))
    const changed = present.flatMap((one, at) => {
      const { mayRead = false, version = '' } = looks[at] ?? {}
      if (!mayRead) return end(one)
      const isKnown = one.state !== 'ended' && one.state?.version === version
      return isKnown ? [] : [{ one, version }]
    })
    const now = changed.slice(0, toldAtOnce)
    if (now.length === 0) return false
    const bikeIds = [...new Set(now.map(({ one }) => one.reader.bikeId))]
    const states = await store.statesOf(bikeIds)
    for (const { one, version } of now) {
      const state = states.get(one.reader.bikeId) ?? { presence: undefined, readings: [] }
      one.state = { ...state, version }
      one.raise()
      // Who was told last comes last, so that nobody waits for ever.
      if (following.delete(one)) following.add(one)
    }
    return changed.length > now.length
  }

  function end(one: Following): [] {
    one.state = 'ended'
    following.delete(one)
    one.raise()
    return []
  }

  const loop = createLoop({
    what: 'following bikes',
    log,
    async round(signal) {
      if (following.size === 0) {
        await somebody.watch.next(idleMs, signal)
        return
      }
      let isMore = false
      try {
        isMore = await within(lookOnce(), storeBoundMs, 'the latest states')
      } catch (error) {
        // Nobody can tell whether they still may read: they come back, and are asked who they are.
        for (const one of following) end(one)
        throw error
      }
      await rest(isMore ? 0 : everyMs, signal)
    },
  })

  return {
    loop,
    watch(reader) {
      const { watch, raise } = createWatch(() => following.delete(one))
      const one: Following = { reader, raise, state: undefined }
      following.add(one)
      somebody.raise()
      return { ...watch, current: () => one.state }
    },
  }
}
