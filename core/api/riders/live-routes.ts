// A bike's latest state as it changes, for its owner and for whom the owner lets read it.
import { createRoute } from '@hono/zod-openapi'
import type { SSEStreamingApi } from 'hono/streaming'
import { z } from 'zod'
import type { LiveState, LiveWatch } from '../../riders/live/port.ts'
import type { ApiStores } from '../port.ts'
import { isProblem, problemResponse, refusals } from '../problem.ts'
import { idParams } from '../request.ts'
import { createRoutes } from '../routes.ts'
import { createSlots } from '../slots.ts'
import { type Access, accessOrGrantTo, shownReadings } from './access.ts'
import { hiddenState, latestAnswer } from './bike-answers.ts'
import { eventStream, heartbeatMs, lastEventId, tooManyStreams } from './event-stream.ts'

const liveEvent = z.object({
  id: z.string().optional().describe('The version of the state, for `Last-Event-ID`.'),
  event: z
    .enum(['state', 'end'])
    .describe('`end`: the reader may read the bike no more, or a store does not answer; come back and see.'),
  data: z.string().describe('JSON. Of `state`: as `/v1/bikes/{id}/latest` answers. Of `end`: `{}`.'),
})

const followBike = createRoute({
  method: 'get',
  path: '/v1/bikes/{id}/live',
  operationId: 'followBike',
  summary:
    'The latest state of a bike as it changes, for its present owner and for whom the owner lets read it',
  description:
    'Server-sent events. The first one tells the state, unless it is the one of `Last-Event-ID`; then each newer one, of changes close together the last. By a grant, one empty state while the bike is within a privacy zone of its rider. A stream ends within a second after the ownership or the grant, and after five minutes at the latest; come back with `Last-Event-ID`.',
  request: { params: idParams, headers: lastEventId },
  responses: {
    200: {
      description: 'An event is of this form.',
      content: { 'text/event-stream': { schema: liveEvent } },
    },
    ...refusals('not_found', 'grant_missing', 'too_many_streams'),
  },
})

export interface LiveRoutesDeps {
  readonly stores: ApiStores
  readonly stopping: AbortSignal
}

export function liveRoutes({ stores, stopping }: LiveRoutesDeps) {
  const routes = createRoutes()
  const slots = createSlots({ total: 2_000, perCaller: 10 })

  routes.openapi(followBike, async (c) => {
    const { id } = c.req.valid('param')
    const { subject, roles } = c.var.caller
    // Staff read the latest state for a reason; nobody of staff watches a rider live.
    const caller = { subject, roles: new Set([...roles].filter((role) => role === 'third_party')) }
    const access = await accessOrGrantTo(id, { caller, role: 'read', scope: 'state', stores })
    if (isProblem(access)) return problemResponse(access)
    const leaveSlot = slots.enter(subject)
    if (leaveSlot === undefined) return problemResponse(tooManyStreams)
    const watch = stores.live.watch({ bikeId: id, subject, byGrant: roles.has('third_party') })
    const leave = () => {
      watch.end()
      leaveSlot()
    }
    const told = { bikeId: id, version: c.req.valid('header')['last-event-id'] }
    return eventStream(c, {
      ...{ stopping, leave },
      tell: (stream, signal) => tell(stream, { watch, access, stores, told, signal }),
    })
  })

  return routes
}

interface Telling {
  readonly watch: LiveWatch
  readonly access: Access
  readonly stores: Pick<ApiStores, 'privacyZones'>
  /** The version that the reader has. */
  readonly told: { readonly bikeId: string; version: string | undefined }
  readonly signal: AbortSignal
}

/** The version of each state within a privacy zone: when it changes there is hidden, too. */
const hidden = 'hidden'

async function tell(stream: SSEStreamingApi, telling: Telling): Promise<void> {
  const { watch, access, stores, told, signal } = telling
  let seen = told.version
  let beatAtMs = performance.now()
  while (!signal.aborted) {
    const state = watch.current()
    const isNew = state !== undefined && state !== 'ended' && state.version !== seen
    const next = isNew ? await shownState(state, access, stores) : state
    if (next === 'ended') return stream.writeSSE({ event: 'end', data: '{}' })
    if (isNew && next !== undefined && next.version !== told.version) {
      const data = JSON.stringify({ bikeId: told.bikeId, ...latestAnswer(next) })
      await stream.writeSSE({ event: 'state', id: next.version, data })
      told.version = next.version
      beatAtMs = performance.now() + heartbeatMs
    } else if (performance.now() >= beatAtMs) {
      await stream.write(': waiting\n\n')
      beatAtMs = performance.now() + heartbeatMs
    }
    if (isNew) seen = state.version
    await watch.next(Math.max(1, beatAtMs - performance.now()), signal)
  }
}

/** `ended` where nobody can tell what is hidden. */
async function shownState(
  { version, presence, readings }: LiveState & { readonly version: string },
  access: Access,
  stores: Telling['stores'],
): Promise<(LiveState & { readonly version: string }) | 'ended'> {
  try {
    const shown = await shownReadings(readings, access, stores)
    return shown ? { version, presence, readings: shown } : { version: hidden, ...hiddenState }
  } catch {
    return 'ended'
  }
}
