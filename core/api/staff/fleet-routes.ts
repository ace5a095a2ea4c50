// Master data for service staff: search, a bike as it is and was, a component's life, field errors by production.
import { Hono } from 'hono'
import { accepts } from 'hono/accepts'
import { fieldErrorAnswer } from '../../fleet/field-errors/answer.ts'
import { fieldErrorChart } from '../../fleet/field-errors/chart.ts'
import { readFieldErrors } from '../../fleet/field-errors/field-errors.ts'
import { jsonWithEtag } from '../etag.ts'
import type { ApiStores, Variables } from '../port.ts'
import { isProblem, type Problem, problemResponse } from '../problem.ts'
import { parseId } from '../request.ts'
import { bikeAnswer, componentAnswer, historyAnswer } from './fleet-answers.ts'
import { parseFieldErrorQuestion, parsePage, parseSearch } from './fleet-request.ts'
import { reviewRoutes } from './review-routes.ts'

const forbidden: Problem = { reason: 'service_only', detail: 'your token does not have the role `service`' }
const noBike: Problem = { reason: 'not_found', detail: 'no such bike is registered' }
const noComponent: Problem = { reason: 'not_found', detail: 'no such component is known' }
const noType: Problem = { reason: 'not_found', detail: 'no such type of component is known' }
const chartType = 'image/svg+xml'

export function fleetRoutes(stores: ApiStores): Hono<{ Variables: Variables }> {
  const routes = new Hono<{ Variables: Variables }>()
  const { fleet } = stores

  routes.use(async (c, next) => (c.var.caller.isService ? next() : problemResponse(forbidden)))

  routes.get('/search', async (c) => {
    const request = parseSearch(c.req.query())
    if (isProblem(request)) return problemResponse(request)
    const { rows, next } = await fleet.search(request.words, request.page)
    return c.json({ matches: rows, next: next ?? null })
  })

  routes.get('/bikes/:id', async (c) => {
    const asked = parseId(c.req.param('id'))
    if (isProblem(asked)) return problemResponse(asked)
    const [bike, readings, presence] = await Promise.all([
      fleet.bike(asked.id),
      stores.latestOf(asked.id),
      stores.presenceOf(asked.id),
    ])
    if (bike === undefined) return problemResponse(noBike)
    return jsonWithEtag(c, bikeAnswer(bike, { bikeId: asked.id, presence, readings }))
  })

  routes.get('/bikes/:id/history', async (c) => {
    const asked = parseId(c.req.param('id'))
    if (isProblem(asked)) return problemResponse(asked)
    const page = parsePage(c.req.query())
    if (isProblem(page)) return problemResponse(page)
    const history = await fleet.history(asked.id, page)
    if (history === undefined) return problemResponse(noBike)
    return c.json({ items: history.rows.map(historyAnswer), next: history.next ?? null })
  })

  routes.get('/components/:id', async (c) => {
    const asked = parseId(c.req.param('id'))
    if (isProblem(asked)) return problemResponse(asked)
    const component = await fleet.component(asked.id)
    if (component === undefined) return problemResponse(noComponent)
    return jsonWithEtag(c, componentAnswer(component))
  })

  routes.get('/field-errors', async (c) => {
    const question = parseFieldErrorQuestion(c.req.query(), Date.now())
    if (isProblem(question)) return problemResponse(question)
    const errors = await readFieldErrors(stores, question)
    if (errors === undefined) return problemResponse(noType)
    const supports = ['application/json', chartType]
    const type = accepts(c, { header: 'Accept', supports, default: 'application/json' })
    c.header('vary', 'Accept')
    if (type === chartType) return c.body(fieldErrorChart(errors), 200, { 'content-type': chartType })
    return c.json(fieldErrorAnswer(errors))
  })

  routes.route('/reviews', reviewRoutes(stores.review))
  return routes
}
