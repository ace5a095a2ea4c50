// The documentation keeps up with the code: every reason, limit and setting is written down, every link leads somewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ZodType } from 'zod'
import { problems } from '../core/api/problem.ts'
import { statementReasons } from '../core/fleet/judging/findings.ts'
import { indices, queues, tables, topics } from '../core/riders/own-data/personal-data.ts'
import { commonSettings } from '../core/runtime/service.ts'
import { settings } from '../core/runtime/settings.ts'
import { type ServiceRow, services } from '../core/services.ts'
import {
  outcomesOf,
  quarantineReasonName,
  stages,
  withheldReasons,
} from '../core/telemetry/contracts/outcomes.ts'
import { topicLayouts } from '../core/topics.ts'
import { answers, requestReasons, trackReasons } from '../edge/answers.ts'
import { settings as edgeSettings } from '../edge/config.ts'
import { fields } from '../proto/codec/fields.ts'
import { TrackSchema } from '../proto/gen/mobility/telemetry/v1/upload_pb.js'
import { limits, QuarantineReason } from '../proto/index.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const uploadApi = read('docs/upload-api.md')
const operations = read('docs/operations.md')
const fleet = read('docs/fleet.md')
const privacy = read('docs/privacy.md')

const quarantineReasons = Object.values(QuarantineReason)
  .filter((value): value is QuarantineReason => typeof value === 'number' && value !== 0)
  .map(quarantineReasonName)

/** Who writes and reads a topic beside the services of core. */
const readersOutside: Readonly<Record<string, readonly string[]>> = {
  'privacy.journal': ['`npm run erasure`'],
  'analytics.tracks': ['research'],
  'analytics.withdrawals': ['research'],
  'manufacturing.quarantine': ['staff'],
  'ride.entity': ['others'],
}
const outside = {
  writers: (topic: string) =>
    topic === 'telemetry.raw' ? ['edge'] : topic === 'manufacturing.events' ? ['partners'] : [],
  readers: (topic: string) => readersOutside[topic] ?? [],
}

const metricSources = [
  'console/metrics.ts',
  'console/sign-in/outcomes.ts',
  'core/research/gateway/metrics.ts',
  'core/research/stream/commit-metric.ts',
  'core/api/metrics.ts',
  'core/fleet/judging/worker.ts',
  'core/fleet/judging/service.ts',
  'core/riders/rides/metrics.ts',
  'core/riders/rides/service.ts',
  'core/devices/commands/metrics.ts',
  'core/devices/gatekeeper/metrics.ts',
  'core/devices/presence/metrics.ts',
  'core/runtime/loop.ts',
  'core/runtime/metrics.ts',
  'core/runtime/queue-gauge.ts',
  'edge/metrics/prometheus.ts',
]
const metricNames = (source: string) =>
  [...read(source).matchAll(/name: '([a-z_]+)'/g)].map((match) => match[1] as string)

const storesOfRiders = Object.entries({ ...tables, ...topics, ...indices, ...queues })
  .filter(([, holding]) => 'rider' in holding)
  .map(([store]) => store)

describe('the pages name all', () => {
  it.each([
    ['reasons to reject a track', uploadApi, trackReasons],
    ['reasons for quarantine', operations, quarantineReasons],
    ['reasons to withhold', operations, withheldReasons],
    ['reasons to doubt a statement', fleet, Object.keys(statementReasons)],
    ['refusals of the API', operations, Object.keys(problems)],
    ['outcomes', operations, stages.flatMap((stage): readonly string[] => outcomesOf[stage])],
    ['topics', operations, Object.keys(topicLayouts)],
    ['metrics', operations, metricSources.flatMap(metricNames)],
    ['stores of riders’ data', privacy, storesOfRiders],
  ])('%s', (_, page, words) => {
    expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([])
  })

  it('limits of the contract', () => {
    const values = Object.values(limits).map((limit) => limit.toLocaleString('en'))
    expect(values.filter((value) => !uploadApi.includes(value))).toEqual([])
  })
})

describe('the tables repeat the code:', () => {
  it('each promise names a test that exists', () => {
    const rows = [...read('docs/development.md').matchAll(/\]\(\.\.\/(\S+\.test\.ts)\) *\| (.+?) *\|$/gm)]
    expect(rows.length).toBeGreaterThan(20)
    expect(rows.filter(([, file = '', name = '']) => !read(file).includes(name))).toEqual([])
  })

  it('the answers of the edge', () => {
    const rows = requestReasons.map((reason) => {
      const { status, temporary, meaning } = answers[reason]
      return [`\`${reason}\``, status, temporary ? 'yes' : 'no', meaning]
    })
    expect(rows.filter((row) => !hasRow(uploadApi, row))).toEqual([])
  })

  it('the services of core', () => {
    const places = (some: readonly string[]) =>
      some.map((place) => (/^[a-z]+\.\S+$/.test(place) ? `\`${place}\`` : place)).join(', ') || '–'
    const rows = services.map(({ name, room, does, reads, writes }) => [
      name,
      `[${room}](../${room}/service.ts)`,
      does,
      places(reads),
      places(writes),
    ])
    expect(rows.filter((row) => !hasRow(operations, row))).toEqual([])
  })

  it('the topics', () => {
    const rows = Object.entries(topicLayouts).map(([topic, { config }]) => [
      `\`${topic}\``,
      keptCell(config),
      [...outside.writers(topic), ...namesWhere('writes', topic)].join(', '),
      [...namesWhere('reads', topic), ...outside.readers(topic)].join(', '),
    ])
    expect(rows.filter((row) => !hasRow(operations, row))).toEqual([])
  })

  it('the settings of the services', () => {
    const rows = Object.entries(settings).map(([name, schema]) => [
      ...settingCells(name, schema),
      usersCell(name),
    ])
    expect(rows.filter((row) => !hasRow(operations, row))).toEqual([])
  })

  it('the settings of the edge', () => {
    const rows = Object.entries(edgeSettings).map(([name, schema]) => settingCells(name, schema))
    expect(rows.filter((row) => !hasRow(operations, row))).toEqual([])
  })
})

const pagesIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))

describe('a newcomer reads it at once:', () => {
  it.each([
    ['README.md', 60],
    ['docs/glossary.md', 60],
    ...pagesIn('docs/decisions').map((page): [string, number] => [page, 40]),
  ])('%s has at most %i lines', (page, lines) => {
    expect(read(page).trimEnd().split('\n').length).toBeLessThanOrEqual(lines)
  })

  it('the index of decisions names each of them', () => {
    const pages = pagesIn('docs/decisions').map((page) => basename(page))
    const index = read('docs/decisions/README.md')
    expect(pages.filter((page) => page !== 'README.md' && !index.includes(`](${page})`))).toEqual([])
  })
})

describe.each([
  'README.md',
  'core/research/stream/README.md',
  ...pagesIn('docs'),
  ...pagesIn('docs/decisions'),
])('the links of %s', (page) => {
  // Lines that a recipe puts elsewhere have links of that place.
  const prose = read(page).replaceAll(/^ *```.*?^ *```/gms, '')
  const links = [...prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1] as string)

  it('lead somewhere', () => {
    expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([])
  })
})

/** Services of which the table says that they read or write the topic. */
function namesWhere(does: 'reads' | 'writes', topic: string): string[] {
  const rows: readonly ServiceRow[] = services
  return rows.filter((row) => row[does].some((place) => place === topic)).map(({ name }) => name)
}

/** `{'retention.ms': '604800000'}` gives `7 days`, and `'252000000'` gives `70 hours`. */
function keptCell(config: Readonly<Record<string, string>>): string {
  if (config['cleanup.policy'] === 'compact') return 'for ever, compacted'
  const days = Number(config['retention.ms']) / 86_400_000
  if (days < 0) return 'for ever'
  return Number.isInteger(days) ? `${days} days` : `${days * 24} hours`
}

function settingCells(name: string, schema: ZodType): string[] {
  const fallback = schema.safeParse(undefined)
  const value = fallback.success ? defaultCell(fallback.data) : 'required'
  return [`\`${name}\``, value, schema.description ?? '']
}

/** Which services read a setting: their names, or those that do not where they are fewer. */
function usersCell(setting: string): string {
  const everywhere = [...commonSettings, 'ALLOW_PLAINTEXT_OFF_LOOPBACK']
  if (everywhere.includes(setting)) return 'every service'
  const rows: readonly ServiceRow[] = services
  const uses = (row: ServiceRow) => [...row.settings, row.portSetting].some((name) => name === setting)
  const users = rows.filter(uses).map(({ name }) => name)
  const others = rows.filter((row) => !uses(row)).map(({ name }) => name)
  if (users.length === 0) return 'command lines only'
  return users.length > others.length ? `all but ${others.join(', ')}` : users.join(', ')
}

function hasRow(page: string, cells: readonly unknown[]): boolean {
  return page.replaceAll(/ +/g, ' ').includes(`| ${cells.join(' | ')} |`)
}

function defaultCell(value: unknown): string {
  if (value === undefined) return 'none'
  return value === '' ? 'empty' : `\`${value}\``
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? join(root, page) : join(root, dirname(page), path)
  return existsSync(target) && (anchor === undefined || anchorsOf(target).includes(anchor))
}

function anchorsOf(file: string): string[] {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map((match) => match[1] as string)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

it('tells each field’s name on the wire beside that of the API, its scale and its differences', () => {
  const told = [...uploadApi.matchAll(/^\| (\w+) +\| `(\w+)` +\| `(\w+)` +\| ([\d,]+) +\| ([a-z ]+?) +\|$/gm)]
  const orders = { 1: 'first', 2: 'second', 3: 'damped third' }
  const known = Object.entries(fields).flatMap(([kind, metrics]) => {
    const columns = TrackSchema.oneofs[0]?.fields.find(({ name }) => name === kind)?.message
    return metrics.map(({ key, number, scale, order }) => {
      const onWire = columns?.fields.find((field) => field.number === number)?.name
      return [kind, onWire, key, scale.toLocaleString('en'), orders[order]]
    })
  })
  expect(told.map(([, ...cells]) => cells)).toEqual(known)
})
