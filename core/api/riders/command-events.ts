// A command's history as server-sent events, from where the reader left off until the command's end.
import type { Context } from 'hono'
import type { SSEStreamingApi } from 'hono/streaming'
import { isFinal } from '../../devices/commands/life-cycle.ts'
import type { CommandWithHistory } from '../../devices/commands/port.ts'
import type { ApiStores } from '../port.ts'
import { historyAnswer } from './command-answers.ts'
import { eventStream, heartbeatMs } from './event-stream.ts'

export interface Following {
  readonly command: CommandWithHistory
  /** Number of the last event that the reader has; 0 for none. */
  readonly seen: number
  readonly stores: Pick<ApiStores, 'commands' | 'watchCommand'>
  readonly stopping: AbortSignal
  /** Called once at the end. */
  leave(): void
}

/** A reader that has seen the end is told so by 204, at which an EventSource stops asking. */
export function followCommand(c: Context, following: Following): Response {
  const { command, seen, stopping, leave } = following
  if (isFinal(command.state) && command.history.every(({ number }) => number <= seen)) {
    leave()
    return c.body(null, 204)
  }
  return eventStream(c, { stopping, leave, tell: (stream, signal) => tell(stream, following, signal) })
}

async function tell(stream: SSEStreamingApi, { command, seen, stores }: Following, signal: AbortSignal) {
  const { bikeId, commandId } = command
  const watch = stores.watchCommand(commandId)
  try {
    for (let current: CommandWithHistory | undefined = command, told = seen; current !== undefined; ) {
      for (const entry of current.history.filter(({ number }) => number > told)) {
        const data = JSON.stringify({ commandId, ...historyAnswer(entry), final: isFinal(entry.state) })
        await stream.writeSSE({ event: 'state', id: String(entry.number), data })
        told = entry.number
      }
      if (isFinal(current.state) || signal.aborted) return
      await watch.next(heartbeatMs, signal)
      await stream.write(': waiting\n\n')
      current = await stores.commands.find(bikeId, commandId)
    }
  } finally {
    watch.end()
  }
}
