// Every operation that shows staff data of riders logs who looked, at what, at whose data and why. Each stands in the table below;
// those that show nobody say so in their definition, with the reason that docs/staff.md gives.
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Shown, StaffAccess } from '../staff/access-log/port.ts'
import { createApi } from './app.ts'
import { createApiMetrics } from './metrics.ts'
import type { ApiStores } from './port.ts'
import { authenticateByName } from './testing/callers.ts'

const [bikeId, otherId] = [randomUUID(), randomUUID()]
const recorded: StaffAccess[] = []
const never = { expiresAtMs: 1, decision: undefined, outcome: undefined }
const proposal = {
  ...{ proposalId: otherId, kind: 'ownership_case', subject: bikeId, payload: {}, reason: 'sold' },
  effects: [{ who: 'rider anna', change: 'loses', what: `bike ${bikeId}` }],
  ...{ proposedBy: 'staff:max', proposedAtMs: 0, ...never },
}
const openCase = {
  ...{
    caseId: bikeId,
    bikeId,
    formerRiderId: 'anna',
    newRiderId: 'vera',
    state: 'objected',
    reason: 'sold',
  },
  ...{ openedAtMs: 3, objectUntilMs: 4, objection: 'it is mine', author: 'staff:max' },
}
const command = {
  ...{
    commandId: otherId,
    bikeId,
    requestedBy: 'rider:anna',
    action: { kind: 'unlock' },
    state: 'executed',
  },
  ...{ createdAtMs: 5, changedAtMs: 5, expiresAtMs: 6, history: [] },
}
const statement = {
  ...{ eventId: otherId, source: 'dealer:1', kind: 'bikeSold', subjects: ['frame:F-1'], state: 'held' },
  ...{ occurredAtMs: null, receivedAtMs: 0, decidedAtMs: 0, findings: [], statement: {}, record: '' },
}
const review = {
  ...{ ...statement, judgements: [], decisions: [], suggestions: [], effects: [] },
  others: [{ ...statement, subjects: ['battery:B-1', `bike:${bikeId}`] }],
}
const bike = {
  producedAtMs: 0,
  deliveredAtMs: null,
  registeredAtMs: 0,
  parts: [],
  reportedParts: [],
  findings: [],
}

const stores = {
  isRegistered: async () => true,
  latestOf: async () => [{ group: 'ride', eventAtMs: 7, receivedAtMs: 8, values: {} }],
  presenceOf: async () => undefined,
  modulesOf: async () => [],
  refusalsOf: async () => [],
  quarantineOf: async () => ({ entries: [], next: undefined }),
  commands: { list: async () => [command], find: async () => command },
  fleet: { bike: async () => bike, history: async () => ({ rows: [], next: undefined }) },
  review: { show: async () => review },
  ownership: { openCases: async () => [openCase], ownerOf: async () => 'anna' },
  approvals: {
    propose: async (asked: object) => ({ ...asked, proposedAtMs: 0, ...never }),
    list: async () => ({ proposals: [proposal], nextCursor: undefined }),
    find: async () => proposal,
    decide: async () => ({ proposal }),
  },
  accesses: { record: async (access: StaffAccess) => void recorded.push(access) },
}
const api = createApi({
  authenticate: authenticateByName,
  stores: stores as unknown as ApiStores,
  metrics: createApiMetrics(),
  log: pino({ level: 'silent' }),
  stopping: new AbortController().signal,
})

const now = expect.any(Number)
const since = (fromMs: number | undefined): Shown => ({ bikes: [{ bikeId, fromMs }] })
const proposed: Shown = { riders: ['anna'], ...since(0) }
const case_ = { bikeId, newRiderId: 'vera', reason: 'a test' }

/** Whose data each operation shows, and the body of those that take one. */
const logged: Readonly<Record<string, readonly [whose: Shown, body?: object]>> = {
  readLatest: [since(7)],
  listModules: [since(now)],
  listQuarantine: [since(undefined)],
  listCommands: [since(5)],
  readCommand: [since(5)],
  followCommand: [since(5)],
  readBike: [since(7)],
  readHistory: [since(undefined)],
  readReview: [
    { frames: ['F-1'], components: [{ type: 'battery', serialNumber: 'B-1' }], ...since(undefined) },
  ],
  listOwnershipCases: [{ riders: ['anna'], ...since(3) }],
  proposeOwnershipCase: [
    { riders: ['anna', 'vera'], bikes: [...(since(0).bikes ?? []), ...(since(0).bikes ?? [])] },
    case_,
  ],
  proposeSettlement: [proposed, { verdict: 'dismiss', reason: 'a test' }],
  listProposals: [proposed],
  readProposal: [proposed],
  approveProposal: [proposed, { reason: 'a test' }],
  rejectProposal: [proposed, { reason: 'a test' }],
}

const operations = api.openAPIRegistry.definitions.flatMap((each) =>
  each.type === 'route' ? [each.route] : [],
)

test('every operation that shows staff data of riders is in the table', () => {
  const personal = operations.filter((route) => route['x-personal-data'] === true)
  expect(personal.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(logged).sort())
})

test.each(Object.entries(logged))('%s is logged', async (operation, [whose, body]) => {
  const route = operations.find(({ operationId }) => operationId === operation)
  const path = String(route?.path).replace('{id}', bikeId).replace('{commandId}', otherId)
  recorded.length = 0
  const answer = await api.request(path, {
    method: route?.method.toUpperCase() ?? '',
    headers: { authorization: 'staff-eva', 'access-reason': 'a test' },
    ...(body && { body: JSON.stringify(body) }),
  })
  await answer.text()
  expect(answer.status).toBeLessThan(300)
  expect(recorded).toEqual([{ who: 'staff:staff-eva', operation, reason: 'a test', ...whose }])
})

const personalNames = /rider|owner(?!ship)|sender|latitude|longitude|position|^rides?$|objection/i

test.each(operations.filter((route) => route['x-personal-data'] === false))(
  '$operationId answers nothing that is called like data of riders',
  async ({ operationId, path, method, security }) => {
    // Staff have neither role: a login service is told whose a bike is, a third party what a rider opened to it.
    if (/login|third_party/.test(JSON.stringify(security))) return
    const contract = await (await api.request('/openapi.json')).json()
    const answers = JSON.stringify(contract.paths[path][method].responses)
    const named = new Set(
      [...answers.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name = '']) => name),
    )
    const schemas = [answers, ...[...named].map((name) => JSON.stringify(contract.components.schemas[name]))]
    const fields = schemas.flatMap((text) => [...propertyNames(JSON.parse(text))])
    expect(
      fields.filter((field) => personalNames.test(field)),
      operationId,
    ).toEqual([])
  },
)

function* propertyNames(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return
  if ('properties' in schema) yield* Object.keys(schema.properties as object)
  for (const each of Object.values(schema)) yield* propertyNames(each)
}
