// The status of an upload, for its sender.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { stages } from '../../telemetry/contracts/outcomes.ts'
import { booksOf, isSettled, isUploadSettled } from '../../telemetry/ledger/books.ts'
import type { TrackBooks } from '../../telemetry/ledger/port.ts'
import type { ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { count, cursor, idParams, json, list, time, uuid } from '../request.ts'
import { createRoutes } from '../routes.ts'

const stageBooks = z
  .record(z.string(), z.union([count, z.record(z.string(), count)]))
  .describe('Samples by outcome; `reasons` where an outcome has some.')
const books = z.record(z.enum(stages), stageBooks)
const track = z.object({
  index: count,
  trackId: uuid,
  bikeId: uuid,
  receivedAt: time,
  accepted: count,
  settled: z.boolean(),
})
const upload = z.object({
  uploadId: uuid,
  settled: z.boolean(),
  searchableBy: time
    .nullable()
    .describe(
      'From then on searches show all that is stored of the tracks listed; null until they are settled.',
    ),
  totals: z.intersection(z.object({ accepted: count }), books),
  tracks: list(z.intersection(track, books)),
  next: z
    .string()
    .nullable()
    .describe('Ask with it as `cursor` for the deliveries after these; null where there are none.'),
})

const mostDeliveries = 4
const uploadQuery = z.strictObject({
  deliveries: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostDeliveries)
    .default(mostDeliveries)
    .describe('How many a page.'),
  cursor,
})

const readUpload = createRoute({
  method: 'get',
  path: '/v1/uploads/{id}',
  operationId: 'readUpload',
  summary: 'What became of an upload, for its sender',
  description:
    'Tracks appear once normalize has seen them, a moment after the edge accepted them; compare their number with the 202. An upload that was sent again has its tracks once for each delivery; a page lists the tracks of some deliveries, oldest first, and its books are of those.',
  request: { params: idParams, query: uploadQuery },
  responses: {
    200: {
      description: '`settled` when every sample of the tracks listed is accounted for in every stage.',
      ...json(upload),
    },
    ...refusals('upload_unknown'),
  },
})

const noUpload: Problem<'upload_unknown'> = {
  reason: 'upload_unknown',
  detail:
    'no track of such an upload of yours is in the books; where the edge has just accepted it, ask again',
}

export function uploadRoutes(stores: ApiStores) {
  const routes = createRoutes()
  routes.openapi(readUpload, async (c) => {
    const { id } = c.req.valid('param')
    const { tracks, next } = await stores.tracksOf({
      ...{ uploadId: id, sender: c.var.caller.subject },
      ...c.req.valid('query'),
    })
    if (tracks.length === 0) return problemResponse(noUpload)
    return c.json({ ...uploadAnswer(id, tracks), next: next ?? null }, 200)
  })
  return routes
}

/** The store shows what it has taken after its refresh interval of 0.4 s; the rest is for a busy one. */
const searchableAfterMs = 2_000

function uploadAnswer(uploadId: string, tracks: readonly TrackBooks[]) {
  const settled = isUploadSettled(tracks)
  return {
    uploadId,
    settled,
    searchableBy: settled ? new Date(Date.now() + searchableAfterMs).toISOString() : null,
    totals: {
      accepted: tracks.reduce((sum, { accepted }) => sum + accepted, 0),
      ...booksOf(tracks.flatMap(({ counts }) => counts)),
    },
    tracks: tracks.map((track) => ({
      index: track.index,
      trackId: track.trackId,
      bikeId: track.bikeId,
      receivedAt: new Date(track.receivedAtMs).toISOString(),
      accepted: track.accepted,
      settled: isSettled(track),
      ...booksOf(track.counts),
    })),
  }
}
