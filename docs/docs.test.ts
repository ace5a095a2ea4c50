// The documentation keeps up with the code: every reason, limit and setting is written down, every link leads somewhere.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Setting, settings } from '../core/config.ts'
import { outcomesOf, quarantineReasonName, stages, withheldReasons } from '../core/pipeline/outcomes.ts'
import { topicLayouts } from '../core/pipeline/topics.ts'
import { limits, QuarantineReason, trackMalformations, uploadMalformations } from '../proto/index.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const uploadApi = read('docs/upload-api.md')
const operations = read('docs/operations.md')

const quarantineReasons = Object.values(QuarantineReason)
  .filter((value): value is QuarantineReason => typeof value === 'number' && value !== 0)
  .map(quarantineReasonName)

/** The words that a page does not have in code font. */
const missing = (page: string, words: readonly string[]) =>
  words.filter((word) => !page.includes(`\`${word}\``))

describe('the documentation names all', () => {
  it.each([
    ['reasons to reject an upload or a track', uploadApi, [...uploadMalformations, ...trackMalformations]],
    ['reasons for quarantine', operations, quarantineReasons],
    ['reasons to withhold', operations, withheldReasons],
    ['outcomes', operations, stages.flatMap((stage): readonly string[] => outcomesOf[stage])],
    ['topics', operations, Object.keys(topicLayouts)],
    ['settings', operations, Object.keys(settings)],
  ])('%s', (_, page, words) => {
    expect(missing(page, words)).toEqual([])
  })

  it('limits, as they are', () => {
    expect(Object.values(limits).filter((limit) => !uploadApi.includes(limit.toLocaleString('en')))).toEqual(
      [],
    )
  })
})

describe('the table of settings', () => {
  it.each(Object.keys(settings) as Setting[])('describes %s as its schema does', (name) => {
    const schema = settings[name]
    const fallback = schema.safeParse(undefined)
    const row = [`\`${name}\``, defaultCell(fallback), schema.description]
    expect(operations.replaceAll(/ +/g, ' ')).toContain(`| ${row.join(' | ')} |`)
  })
})

describe.each([
  'README.md',
  ...['architecture', 'upload-api', 'operations', 'development'].map((name) => `docs/${name}.md`),
])('links of %s', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1] as string)

  it('lead somewhere', () => {
    expect(links.filter((link) => !leadsSomewhere(page, link))).toEqual([])
  })
})

function defaultCell(fallback: { success: boolean; data?: unknown }): string {
  if (!fallback.success) return 'required'
  return fallback.data === '' ? 'empty' : `\`${fallback.data}\``
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
