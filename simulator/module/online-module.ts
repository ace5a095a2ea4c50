// A module on the air: connects, sends what waits, obeys; after a loss it comes back by itself, after growing pauses.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'
import { topics } from './messages.ts'
import type { HandledCommand, Module } from './module.ts'
import { type Identity, type Link, openLink } from './mqtt-link.ts'
import { pauseMs } from './pause.ts'

type ModuleEvent =
  | { readonly type: 'connected' }
  /** Refused, or lost. */
  | { readonly type: 'offline'; readonly reason: string }
  | { readonly type: 'published'; readonly samples: number | undefined }
  | ({ readonly type: 'command' } & HandledCommand)

export interface OnlineOptions {
  readonly module: Module
  readonly url: string
  /** Asked for at each connection: a renewed certificate serves from the next one on. */
  readonly identity: () => Identity
  readonly random: Random
  readonly onEvent?: (event: ModuleEvent) => void
}

export interface OnlineModule {
  /** Something was added to the outbox. */
  nudge(): void
  /** Takes leave from the broker and stays away; what is recorded meanwhile waits. */
  sleep(): Promise<void>
}

/** So many messages may be under way at once. */
const window = 20

/** Wakes the module up. */
export function goOnline(options: OnlineOptions): OnlineModule {
  const { module, url, identity, random, onEvent = () => undefined } = options
  const asleep = new AbortController()
  let link: Link | undefined
  let underWay = 0
  let delivered = 0

  function onCommand(payload: Uint8Array): void {
    const handled = module.receive(payload, Date.now())
    if (handled !== undefined) onEvent({ type: 'command', ...handled })
    pump()
  }

  /** Sends what waits, as far as the window is open; each acknowledgement opens it again. */
  function pump(): void {
    const current = link
    if (current === undefined || asleep.signal.aborted) return
    while (underWay < window) {
      const entry = module.outbox.next()
      if (entry === undefined) return
      underWay += 1
      current.publish(entry.topic, entry.payload).then(
        () => {
          module.outbox.acknowledge(entry.id)
          onEvent({ type: 'published', samples: entry.samples })
          if (link === current) {
            underWay -= 1
            delivered += 1
            pump()
          }
        },
        // The loss of the link says it too, and puts everything back.
        () => undefined,
      )
    }
  }

  /** One connection, from its beginning to its loss. True when it was of use. */
  async function connectOnce(): Promise<boolean> {
    module.outbox.rewind()
    underWay = 0
    delivered = 0
    try {
      const commandsTopic = topics.commands(module.bikeId)
      link = await openLink({ url, identity: identity(), commandsTopic, onCommand })
      onEvent({ type: 'connected' })
      pump()
      if (asleep.signal.aborted) await link.disconnect()
      onEvent({ type: 'offline', reason: await link.lost })
      return delivered > 0 || module.outbox.entries().length === 0
    } catch (error) {
      onEvent({ type: 'offline', reason: error instanceof Error ? error.message : String(error) })
      return false
    } finally {
      link = undefined
    }
  }

  async function stayOnline(): Promise<void> {
    let failures = 0
    while (!asleep.signal.aborted) {
      failures = (await connectOnce()) ? 0 : failures + 1
      const pause = pauseMs(failures, random)
      await sleep(pause, undefined, { signal: asleep.signal }).catch(() => undefined)
    }
  }

  const online = stayOnline()
  return {
    nudge: pump,
    async sleep() {
      asleep.abort()
      await link?.disconnect()
      await online
    },
  }
}
