import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createLatestStore } from '../../engines/postgres/telemetry/latest-store.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { createFleetEnvironment } from '../../fleet/testing/fleet-environment.ts'
import {
  built,
  dayMs,
  definitions,
  frameNumber,
  made,
  madeMs,
  part,
  serialNumber,
  sold,
  swapped,
} from '../../fleet/testing/statement-fixtures.ts'
import { createStaffApi } from '../testing/staff-api.ts'

const bikeId = randomUUID()
const otherId = randomUUID()
const soldMs = madeMs + 20 * dayMs
const swappedMs = madeMs + 40 * dayMs
let database: TestDatabase
let ask: ReturnType<typeof createStaffApi>
let batteryId: string

// Bike 1 was sold, and got battery 3 for its own, which went into bike 2, without a battery until then.
beforeAll(async () => {
  database = await createTestDatabase()
  ask = createStaffApi(database.sql)
  const environment = createFleetEnvironment(database.sql)
  await environment.intake([
    ...definitions(),
    ...[1, 2, 3].flatMap((number) => [made('battery', number), made('motor', number)]),
    built(1, { bikeId }),
    built(2, { bikeId: otherId, parts: [part('motor', 2)] }),
    sold(1, 'anna', soldMs),
  ])
  const ownedFrom = new Date(soldMs)
  await registerBikes(database.sql, [{ bikeId, riderId: 'anna', producedAt: new Date(madeMs), ownedFrom }])
  await environment.intake([swapped(1, [1, 3], swappedMs)])
  const { sql } = database
  await sql`
    insert into installations (bike_id, slot, component_id, installed, installed_by)
    select ${otherId}, 'battery', component_id, tstzrange(${new Date(swappedMs + dayMs)}, null), said_by
    from components where serial_number = ${serialNumber('battery', 1)}`
  const { body } = await ask(`/search?q=${serialNumber('battery', 1)}`)
  batteryId = body.matches[0].componentId
  return database.drop
})

test('riders are not service staff', async () => {
  for (const path of ['/search?q=FR', `/bikes/${bikeId}`, '/reviews', '/field-errors']) {
    expect(await ask(path, { as: 'anna' })).toMatchObject({ status: 403, body: { reason: 'role_missing' } })
  }
})

describe('search', () => {
  test('a frame number is found as people type it', async () => {
    expect((await ask('/search?q=%20fr-00%200001')).body).toEqual({
      matches: [{ kind: 'bike', bikeId, frameNumber: frameNumber(1), modelId: 'trail-1' }],
      next: null,
    })
  })

  test('a serial number is found with where the component is', async () => {
    expect((await ask(`/search?q=${serialNumber('battery', 3)}`)).body.matches).toEqual([
      expect.objectContaining({ kind: 'component', type: 'battery', alias: null, bikeId }),
    ])
  })

  test('another number of a component leads to it', async () => {
    await database.sql`
      insert into component_aliases (component_type, serial_number, component_id, said_by)
      select component_type, 'OLD-77', component_id, said_by from components where component_id = ${batteryId}`
    expect((await ask('/search?q=old-7')).body.matches).toMatchObject([
      { componentId: batteryId, serialNumber: serialNumber('battery', 1), alias: 'OLD-77' },
    ])
  })

  test.each([
    ['a bike', () => bikeId, 'bikeId'],
    ['a component', () => batteryId, 'componentId'],
  ])('an id finds %s', async (_, id, name) => {
    expect((await ask(`/search?q=${id().toUpperCase()}`)).body.matches).toMatchObject([{ [name]: id() }])
  })

  test('pages follow each other without gap or repetition, in the order of numbers', async () => {
    const whole = (await ask('/search?q=B0000')).body.matches
    expect(whole).toHaveLength(3)
    const paged = []
    let cursor = ''
    for (let page = 0; page < 10; page++) {
      const { body } = await ask(`/search?q=B0000&limit=1${cursor}`)
      paged.push(...body.matches)
      if (body.next === null) break
      cursor = `&cursor=${body.next}`
    }
    expect(paged).toEqual(whole)
    const numbers = whole.map((match: { serialNumber: string }) => match.serialNumber)
    expect(numbers).toEqual([...numbers].sort())
  })

  test.each([
    ['no words', '/search'],
    ['too short a word', '/search?q=F'],
    ['a cursor of nobody', '/search?q=FR&cursor=eHg'],
    ['what nobody knows', '/search?q=FR&color=red'],
  ])('%s is refused', async (_, path) => {
    expect(await ask(path)).toMatchObject({ status: 400, body: { reason: 'request_invalid' } })
  })
})

describe('a bike', () => {
  test('is shown with its parts and its latest state, and without its owner', async () => {
    const { status, body, text } = await ask(`/bikes/${bikeId}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...{ bikeId, frameNumber: frameNumber(1), model: { modelId: 'trail-1', name: 'Trail' }, owned: true },
      ...{ plant: 'dresden', oem: 'acme', producedAt: new Date(madeMs).toISOString(), deliveredAt: null },
      parts: [
        {
          slot: 'battery',
          serialNumber: serialNumber('battery', 3),
          installedAt: new Date(swappedMs).toISOString(),
        },
        { slot: 'motor', serialNumber: serialNumber('motor', 1), batch: 'B1' },
      ],
      latest: { presence: null, groups: {} },
    })
    expect(text).not.toContain('anna')
  })

  test('that lacks a part says so', async () => {
    await registerBikes(database.sql, [])
    expect((await ask(`/bikes/${otherId}`)).body).toMatchObject({
      owned: false,
      findings: [{ reason: 'part_missing', subject: 'battery' }],
    })
  })

  test('registered by hand has no model and no parts', async () => {
    const id = randomUUID()
    await registerBikes(database.sql, [{ bikeId: id, riderId: 'ben', producedAt: new Date(madeMs) }])
    expect((await ask(`/bikes/${id}`)).body).toMatchObject({
      frameNumber: null,
      model: null,
      parts: [],
      owned: true,
    })
  })

  test.each(['battery', 'master data'])('has the same tag until its %s changes', async (what) => {
    const { headers } = await ask(`/bikes/${bikeId}`)
    const etag = headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]+"$/)
    expect(headers.get('cache-control')).toBe('private, no-cache')
    const again = await ask(`/bikes/${bikeId}`, { headers: { 'if-none-match': `"other", ${etag}` } })
    expect(again).toMatchObject({ status: 304, text: '' })
    expect(again.headers.get('etag')).toBe(etag)
    if (what === 'battery') await readBattery()
    else await database.sql`update bikes set delivered_at = ${new Date(soldMs)} where bike_id = ${bikeId}`
    const after = await ask(`/bikes/${bikeId}`, { headers: { 'if-none-match': etag } })
    expect(after.status).toBe(200)
    expect(after.headers.get('etag')).not.toBe(etag)
  })

  const readBattery = () =>
    createLatestStore(database.sql).merge([
      {
        ...{ bikeId, group: 'battery', recorderId: randomUUID(), trackId: randomUUID() },
        ...{ eventAtMs: soldMs, receivedAtMs: soldMs, values: { state_of_charge_pct: 80 } },
      },
    ])

  test.each([`/bikes/${randomUUID()}`, `/bikes/${randomUUID()}/history`, `/components/${randomUUID()}`])(
    'or component that there is not is not found: %s',
    async (path) => {
      expect(await ask(path)).toMatchObject({ status: 404, body: { reason: 'not_found' } })
    },
  )
})

describe('the history of a bike', () => {
  test('has what was said and what was replaced, newest first, and names no rider', async () => {
    const { body, text } = await ask(`/bikes/${bikeId}/history`)
    expect(body.next).toBeNull()
    const said = body.items.filter(({ kind }: { kind: string }) => kind === 'statement')
    expect(said.map(({ says }: { says: string }) => says)).toEqual([
      'componentSwapped',
      'bikeSold',
      'bikeProduced',
    ])
    expect(said[0]).toMatchObject({ state: 'applied', source: 'service:leipzig', statement: { version: 1 } })
    const replaced = body.items.filter(({ kind }: { kind: string }) => kind === 'superseded')
    expect(replaced).toContainEqual(
      expect.objectContaining({ table: 'installations', row: expect.objectContaining({ slot: 'battery' }) }),
    )
    const times = body.items.map(({ at }: { at: string }) => at)
    expect(times).toEqual([...times].sort().reverse())
    expect(text).not.toContain('anna')
  })

  test('comes in pages', async () => {
    const whole = (await ask(`/bikes/${bikeId}/history`)).body.items
    const paged = []
    let cursor = ''
    for (let page = 0; page < 20; page++) {
      const { body } = await ask(`/bikes/${bikeId}/history?limit=2${cursor}`)
      paged.push(...body.items)
      if (body.next === null) break
      cursor = `&cursor=${body.next}`
    }
    expect(paged).toEqual(whole)
  })
})

test('a component shows its life through bikes', async () => {
  const { body, headers } = await ask(`/components/${batteryId}`)
  const [made, swap, moved] = [madeMs, swappedMs, swappedMs + dayMs].map((ms) => new Date(ms).toISOString())
  expect(body).toMatchObject({
    ...{
      componentId: batteryId,
      type: 'battery',
      serialNumber: serialNumber('battery', 1),
      recycledAt: null,
    },
    installations: [
      { bikeId, frameNumber: frameNumber(1), slot: 'battery', installedAt: made, removedAt: swap },
      { bikeId: otherId, slot: 'battery', installedAt: moved, removedAt: null },
    ],
    serviceEvents: [{ kind: 'swap', bikeId, at: swap }],
  })
  expect(headers.get('etag')).toMatch(/^"[\w-]+"$/)
})

describe('field errors', () => {
  test('are JSON, or a chart for who asks for one', async () => {
    const json = await ask('/field-errors?type=battery&by=plant')
    expect(json).toMatchObject({ status: 200, body: { type: 'battery', by: 'plant', groups: [] } })
    const chart = await ask('/field-errors', { headers: { accept: 'image/svg+xml,*/*;q=0.5' } })
    expect(chart.headers.get('content-type')).toBe('image/svg+xml')
    expect(chart.text).toMatch(/^<svg /)
    for (const { headers } of [json, chart]) expect(headers.get('vary')).toBe('Accept')
  })

  test.each([
    ['a grouping that there is not', '?by=color', 400],
    ['days in the wrong order', '?from=2026-02-01&until=2026-01-01', 400],
    ['a component that there is not', '?type=sail', 404],
  ])('%s', async (_, query, status) => {
    expect((await ask(`/field-errors${query}`)).status).toBe(status)
  })
})
