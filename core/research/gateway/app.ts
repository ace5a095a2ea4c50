// The research gateway: answers Elasticsearch's clients from the research copy, within what researchers may see.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Logger } from 'pino'
import { createSlots } from '../../api/slots.ts'
import { type Contribution, protect } from './fold.ts'
import type { GatewayMetrics } from './metrics.ts'
import {
  aggregatesAnswer,
  contributionsSearch,
  documentsAnswer,
  documentsSearch,
  fieldCaps,
  mostContributions,
  readContributions,
  readDocuments,
} from './plan.ts'
import {
  type Budgets,
  type Identify,
  type Persons,
  type QueryLog,
  type ResearchReader,
  UnknownMonthError,
} from './port.ts'
import { RefusedError, refusalBody } from './refusals.ts'
import {
  type AggregatesQuery,
  type DocumentsQuery,
  isOfGroups,
  readAggregatesQuery,
  readCountQuery,
  readDocumentsQuery,
  readMonths,
} from './request.ts'

export interface GatewayDeps {
  readonly identify: Identify
  readonly persons: Persons
  readonly budgets: Budgets
  readonly queries: Pick<QueryLog, 'append'>
  readonly reader: ResearchReader
  /** The key of the noise; rejects when it cannot be had. */
  readonly noiseKey: () => Promise<string>
  readonly metrics: GatewayMetrics
  readonly log: Pick<Logger, 'error'>
  readonly clock?: { now(): Date }
}

const limits = { documentsADay: 10_000, queriesAMinute: 30 }
const maxBodyBytes = 64 * 1024
const maxAnswerBytes = 1_000_000
/** Requests at hand, of all researchers and of one; queries of many persons, each of which takes up to 100 MB, of all. */
const atOnce = { all: 16, each: 2, counting: 2 }
/** So often a query is asked when somebody withdraws meanwhile. */
const mostTries = 3

const product = {
  ...{ name: 'research-gateway', cluster_name: 'research', cluster_uuid: '_na_' },
  version: { number: '8.19.0', build_flavor: 'default', minimum_wire_compatibility_version: '7.17.0' },
  tagline: 'You Know, for Search',
}

/** Every answer bears `X-Elastic-Product`, without which Elasticsearch's clients take none. */
export function createGateway(deps: GatewayDeps): Hono {
  const { identify, budgets, queries, reader, metrics, log, clock = { now: () => new Date() } } = deps
  const places = createSlots({ total: atOnce.all, perCaller: atOnce.all })
  const ownPlaces = createSlots({ total: atOnce.all, perCaller: atOnce.each })
  const countingPlaces = createSlots({ total: atOnce.counting, perCaller: atOnce.counting })
  const app = new Hono()

  app.use(async (c, next) => {
    const answered = metrics.begin()
    await next()
    c.header('x-elastic-product', 'Elasticsearch')
    c.header('cache-control', 'no-store')
    answered(c.res.status)
  })
  const tooLong = () => {
    throw new RefusedError('body_too_long', `a query has at most ${maxBodyBytes} bytes`)
  }
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError: tooLong }))

  app.get('/', (c) => within(c, async () => JSON.stringify(product)))
  app.on(['GET', 'POST'], '/:index/_search', (c) =>
    within(c, async (researcher) => {
      const [months, body] = [readMonths(c.req.param('index')), await bodyOf(c)]
      const query = isOfGroups(body)
        ? readAggregatesQuery(months, body, clock.now())
        : readDocumentsQuery(months, body)
      return answerTo(researcher, query)
    }),
  )
  app.on(['GET', 'POST'], '/:index/_count', (c) =>
    within(c, async (researcher) => {
      const [months, body] = [readMonths(c.req.param('index')), await bodyOf(c)]
      return answerTo(researcher, readCountQuery(months, body, clock.now()))
    }),
  )
  app.on(['GET', 'POST'], '/:index/_field_caps', (c) =>
    within(c, async () => JSON.stringify(fieldCaps(c.req.param('index'), c.req.query()))),
  )

  app.notFound((c) =>
    refuse(c, new RefusedError('not_found', 'there are `_search`, `_count` and `_field_caps` of an index')),
  )
  app.onError((error, c) => {
    if (error instanceof RefusedError) return refuse(c, error)
    if (error instanceof UnknownMonthError) return refuse(c, new RefusedError('index_unknown', error.message))
    log.error({ err: error, path: c.req.routePath }, 'a query failed')
    return refuse(c, new RefusedError('store_unavailable', 'a store does not answer: try again in a moment'))
  })
  return app

  function refuse(c: Context, refused: RefusedError): Response {
    metrics.refused(refused.reason)
    const body = refusalBody(refused)
    if (body.status === 503 || body.status === 429) c.header('retry-after', '2')
    if (body.status === 401) c.header('www-authenticate', 'Bearer')
    return c.json(body, body.status)
  }

  /** Answers a researcher with JSON, within the requests that may be at hand. */
  async function within(c: Context, answer: (researcher: string) => Promise<string>): Promise<Response> {
    const leave = places.enter('')
    if (leave === undefined) throw new RefusedError('overloaded', 'too many requests are at hand')
    let leaveOwn: (() => void) | undefined
    try {
      const [, token = ''] = /^Bearer +([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? []
      const researcher = await identify(token)
      if (researcher === undefined)
        throw new RefusedError(
          'not_a_researcher',
          'send `Authorization: Bearer rs_…` of a session that holds',
        )
      leaveOwn = ownPlaces.enter(researcher)
      if (leaveOwn === undefined)
        throw new RefusedError('caller_busy', `${atOnce.each} requests of yours are at hand`)
      return c.body(await answer(researcher), 200, { 'content-type': 'application/json' })
    } finally {
      leaveOwn?.()
      leave()
    }
  }

  /** The answer as JSON, when it is paid for and logged. */
  async function answerTo(researcher: string, query: DocumentsQuery | AggregatesQuery): Promise<string> {
    const askedAt = clock.now()
    const reserved = query.mode === 'documents' ? query.size : 0
    const taken = await budgets.take({ researcher, documents: reserved }, limits)
    if (taken !== 'taken') throw new RefusedError(taken, spentDetails[taken])
    let spent = 0
    try {
      const { body, documents } = await (query.mode === 'documents' ? shown(query) : counted(query))
      const answer = JSON.stringify(body)
      const answerBytes = Buffer.byteLength(answer)
      // Whoever learns that there is none learns something.
      spent = Math.max(1, documents)
      if (answerBytes > maxAnswerBytes) throw new RefusedError('answer_too_long', 'ask for less at once')
      await queries.append({ researcher, askedAt, query: JSON.stringify(query), documents, answerBytes })
      metrics.shown(documents)
      return answer
    } finally {
      if (spent < reserved) await budgets.giveBack({ researcher, documents: reserved - spent })
    }
  }

  async function shown(query: DocumentsQuery): Promise<{ body: object; documents: number }> {
    const found = await askUntilSettled(async (hidden) =>
      readDocuments(await reader.search(query.months, documentsSearch(query, hidden))),
    )
    return { body: documentsAnswer(query, found), documents: found.length }
  }

  async function counted(query: AggregatesQuery): Promise<{ body: object; documents: 0 }> {
    const leave = countingPlaces.enter('')
    if (leave === undefined) throw new RefusedError('overloaded', 'other queries of many persons are at hand')
    try {
      const contributions = await askUntilSettled((hidden) => contributionsTo(query, hidden))
      const cells = protect(contributions, { noiseKey: await deps.noiseKey(), interval: query.interval })
      return { body: aggregatesAnswer(query, cells), documents: 0 }
    } finally {
      leave()
    }
  }

  /** Rejects where there are more than a query is told of. */
  async function contributionsTo(query: AggregatesQuery, hidden: readonly string[]) {
    const all: Contribution[] = []
    let after: object | undefined
    while (all.length < mostContributions) {
      const answer = await reader.search(query.months, contributionsSearch(query, { hidden, after }))
      const page = readContributions(query, answer)
      all.push(...page.contributions)
      if (page.after === undefined) return all
      after = page.after
    }
    throw new RefusedError('too_wide', 'too many persons in too many hours or days: ask for a shorter time')
  }

  /**
   * Asks without the persons who are hidden now, and again as long as the answer has persons whose consent has ended meanwhile. Rejects
   * when that happens each time.
   */
  async function askUntilSettled<Found extends { readonly person: string }>(
    ask: (hidden: readonly string[]) => Promise<readonly Found[]>,
  ): Promise<readonly Found[]> {
    const gone = new Set<string>()
    for (let tries = 0; tries < mostTries; tries++) {
      const hidden = await deps.persons.hidden()
      const found = await ask([...new Set([...hidden, ...gone])])
      const persons = [...new Set(found.map(({ person }) => person))]
      const consenting = await deps.persons.consenting(persons)
      const ended = persons.filter((person) => !consenting.has(person))
      if (ended.length === 0) return found
      for (const person of ended) gone.add(person)
    }
    throw new RefusedError('withdrawn_meanwhile', 'consents end while you ask: try again in a moment')
  }
}

const spentDetails = {
  budget_spent: `${limits.documentsADay} documents a day (UTC) are shown to one researcher`,
  too_many_queries: `${limits.queriesAMinute} queries a minute are answered to one researcher`,
}

/** The body as JSON; an empty one is `{}`. Throws a RefusedError for everything that would change the query beside it. */
async function bodyOf(c: Context): Promise<unknown> {
  const [parameter] = Object.keys(c.req.query())
  if (parameter !== undefined)
    throw new RefusedError('request_invalid', `${parameter}: ask in the body, not in the address`)
  const { method, raw } = c.req
  // The listener drops it, and the answer would be to another query.
  if (
    method === 'GET' &&
    (raw.headers.has('transfer-encoding') || Number(raw.headers.get('content-length')) > 0)
  )
    throw new RefusedError('request_invalid', 'send the body with POST')
  const text = method === 'GET' ? '' : await c.req.text()
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    throw new RefusedError('request_invalid', 'the body is no JSON')
  }
}
