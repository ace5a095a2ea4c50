// A rider's own data: which months there are, and each of them as an archive that is made while it is read.
import { createRoute } from '@hono/zod-openapi'
import type { Logger } from 'pino'
import { z } from 'zod'
import { exportFiles } from '../../riders/own-data/export/contents.ts'
import { withManifest } from '../../riders/own-data/export/part.ts'
import { zip } from '../../riders/own-data/export/zip.ts'
import type { ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { json, list } from '../request.ts'
import { createRoutes } from '../routes.ts'
import { createSlots } from '../slots.ts'

const month = z
  .string()
  .regex(/^(19[7-9]\d|2\d{3})-(0[1-9]|1[0-2])$/, 'no month such as 2026-11')
  .describe('A month in UTC.')

const listExportParts = createRoute({
  method: 'get',
  path: '/v1/riders/me/export',
  operationId: 'listExportParts',
  summary: 'The parts in which the caller gets all that is about the caller',
  responses: {
    200: {
      description: 'Newest first: the months in which anything of the caller lies, and the address of each.',
      ...json(z.object({ parts: list(z.object({ month, path: z.string() })) })),
    },
    ...refusals(),
  },
})

const downloadExportPart = createRoute({
  method: 'get',
  path: '/v1/riders/me/export/{month}',
  operationId: 'downloadExportPart',
  summary: 'All that is about the caller in a month: a ZIP archive with a manifest',
  description:
    'The archive is made while it is read, so it has no length, and its head says 200 before all is read. Where a store fails, or nothing is taken for a minute, the transfer breaks off and the archive lacks its end: ask again. One at a time.',
  request: { params: z.object({ month }) },
  responses: {
    200: {
      description: 'docs/riders.md says what is in it. A month without anything has the manifest alone.',
      content: { 'application/zip': { schema: z.string().meta({ format: 'binary' }) } },
    },
    ...refusals('too_many_exports'),
  },
})

const tooMany: Problem<'too_many_exports'> = {
  reason: 'too_many_exports',
  detail: 'another part of yours is on its way, or many of others are: try again when it has arrived',
}
const retryAfter = { 'retry-after': '30' }

/** A ride of a part is in memory as a whole: so few at once in a process. */
const atOnce = { total: 4, perCaller: 1 }

export interface ExportRoutesDeps {
  readonly stores: ApiStores
  readonly log: Pick<Logger, 'error'>
  readonly stopping: AbortSignal
  /** For so long nothing may be taken. */
  readonly idleMs?: number
}

export function exportRoutes({ stores, log, stopping, idleMs = 60_000 }: ExportRoutesDeps) {
  const routes = createRoutes()
  const slots = createSlots(atOnce)

  routes.openapi(listExportParts, async (c) => {
    const riderId = c.var.caller.subject
    const bikes = await stores.ownRecords.bikesOf(riderId)
    const found = await Promise.all([stores.ownRecords.monthsOf(riderId), stores.sampleMonthsOf(bikes)])
    const months = [...new Set(found.flat())].sort().reverse()
    const parts = months.map((month) => ({ month, path: `/v1/riders/me/export/${month}` }))
    return c.json({ parts }, 200)
  })

  routes.openapi(downloadExportPart, (c) => {
    const riderId = c.var.caller.subject
    const { month } = c.req.valid('param')
    const type = { 'content-type': 'application/zip' }
    if (c.req.method === 'HEAD') return c.body(null, 200, type)
    const leave = slots.enter(riderId)
    if (leave === undefined) return problemResponse(tooMany, retryAfter)
    const [year = 0, number = 1] = month.split('-').map(Number)
    const time = { riderId, fromMs: Date.UTC(year, number - 1), untilMs: Date.UTC(year, number) }
    const part = { riderId, month, generatedAtMs: Date.now() }
    const archive = zip(withManifest(part, exportFiles(time, stores)))
    c.header('content-disposition', `attachment; filename="export-${month}.zip"`)
    return c.body(flowing(archive, { leave, idleMs, stopping, log }), 200, type)
  })

  return routes
}

interface Flow {
  readonly leave: () => void
  readonly idleMs: number
  readonly log: Pick<Logger, 'error'>
  readonly stopping: AbortSignal
}

/**
 * As fast as it is taken. It fails where the archive does, so that the transfer breaks off; whoever stops reading, or takes nothing for
 * `idleMs`, ends it.
 */
function flowing(
  archive: AsyncGenerator<Uint8Array>,
  { leave, idleMs, stopping, log }: Flow,
): ReadableStream<Uint8Array> {
  let idle: NodeJS.Timeout | undefined
  let broken = () => {}
  const end = async () => {
    clearTimeout(idle)
    stopping.removeEventListener('abort', broken)
    await archive.return(undefined).catch(() => undefined)
    leave()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        broken = () => {
          controller.error(new Error('the archive is not finished'))
          void end()
        }
        stopping.addEventListener('abort', broken)
      },
      async pull(controller) {
        clearTimeout(idle)
        try {
          const { value, done } = await archive.next()
          if (done) {
            await end()
            controller.close()
            return
          }
          controller.enqueue(value)
          idle = setTimeout(broken, idleMs)
        } catch (error) {
          log.error({ err: error }, 'an export broke off')
          await end()
          throw error
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
