// A bike's latest state as it changes, for its owner and for whom the owner lets read it.
import { createRoute } from '@hono/zod-openapi'
import type { SSEStreamingApi } from 'hono/streaming'
import { z } from 'zod'
import type { LiveWatch } from '../../riders/live/port.ts'
import type { ApiStores } from '../port.ts'
import { isProblem, problemResponse, refusals } from '../problem.ts'
import { idParams } from '../request.ts'
import { createRoutes } from '../routes.ts'
import { createSlots } from '../slots.ts'
import { type Access, accessOrGrantTo } from './access.ts'
import { latestAnswer } from './bike-answers.ts'
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
    'Server-sent events. The first one tells the state, unless it is the one of `Last-Event-ID`; then each newer one, of changes close together the last. A stream ends within a second after the ownership or the grant, and after five minutes at the latest; come back with `Last-Event-ID`.',
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
      tell: (stream, signal) => tell(stream, { watch, access, told, signal }),
    })
  })

  return routes
}

interface Telling {
  readonly watch: LiveWatch
  readonly access: Access
  /** The version that the reader has. */
  readonly told: { readonly bikeId: string; version: string | undefined }
  readonly signal: AbortSignal
}

async function tell(stream: SSEStreamingApi, { watch, access, told, signal }: Telling): Promise<void> {
  while (!signal.aborted) {
    const state = watch.current()
    if (state === 'ended') return stream.writeSSE({ event: 'end', data: '{}' })
    if (state !== undefined && state.version !== told.version) {
      const { presence, version } = state
      const readings = state.readings.filter(({ eventAtMs }) => access.sees(eventAtMs))
      const data = JSON.stringify({ bikeId: told.bikeId, ...latestAnswer({ presence, readings }) })
      await stream.writeSSE({ event: 'state', id: version, data })
      told.version = version
    } else {
      await stream.write(': waiting\n\n')
    }
    await watch.next(heartbeatMs, signal)
  }
}
