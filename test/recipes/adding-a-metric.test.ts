// Follows "Adding a metric to a kind" of docs/development.md on a copy of the repository, word for word.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { copyTree } from '../../testkit/tree-copy.ts'

interface Step {
  readonly file: string
  readonly lines: readonly string[]
}

const docs = join(import.meta.dirname, '../../docs')
/** All files that the recipe changes name this metric, and the new one comes below it. */
const neighbour = 'assist_level'
const copy = copyTree()
afterAll(copy.remove, 600_000)

/** The steps of the recipe: the file that each links to, and the lines that it puts there. */
function recipe(): Step[] {
  const page = readFileSync(join(docs, 'development.md'), 'utf8')
  const section = page.split('\n## ').find((part) => part.startsWith('Adding a metric to a kind')) ?? ''
  const steps = section.matchAll(/^\d\. .*?\]\(\.\.\/(\S+?)\).*?```\w+\n(.*?)\n\s*```/gms)
  return [...steps].map(([, file = '', block = '']) => ({
    file,
    lines: block.split('\n').map((line) => line.trim()),
  }))
}

const types = () => copy.run('tsc --noEmit --project tsconfig.recipe.json')
const schemaCheck = () => copy.run('node proto/check-generated.ts')
const tableTest = () => copy.run('vitest run --project unit proto/codec/fields.test.ts')
const refusal = (of: unknown) => ({
  code: expect.toSatisfy((code) => code > 0),
  output: expect.stringContaining(`${of}`),
})
const pass = { code: 0 }

test('a metric reaches every place, and until all steps are done a check refuses it', {
  timeout: 600_000,
}, async () => {
  const [schema, table, group, simulated] = recipe() as [Step, Step, Step, Step]
  const follow = ({ file, lines }: Step) => copy.insertBelow(file, neighbour, lines)
  // Whole of what is shipped; the types of tests are no concern of this one.
  const include = ['core', 'edge', 'client', 'proto', 'simulator', 'test/recipes', 'test/global-setup.ts']
  const config = { extends: './tsconfig.json', include, exclude: ['**/*.test.ts', 'node_modules'] }
  copy.write('tsconfig.recipe.json', JSON.stringify(config))

  follow(schema)
  expect(await schemaCheck()).toMatchObject(refusal('npm run generate'))
  expect(await copy.run('npm run generate')).toMatchObject(pass)
  expect(await schemaCheck()).toMatchObject(pass)
  expect(await tableTest()).toMatchObject(refusal('under its number'))
  follow(table)
  expect(await tableTest()).toMatchObject(pass)
  const incomplete = await types()
  for (const { file } of [group, simulated]) expect(incomplete).toMatchObject(refusal(file))
  follow(group)
  follow(simulated)
  expect(await types()).toEqual({ code: 0, output: '' })

  const places = await copy.run('node test/recipes/metric-arrives.ts ride tyre_pressure_kpa')
  expect(JSON.parse(places.output)).toEqual({
    decoded: 300,
    mapping: 'tyre_pressure_kpa',
    document: 300,
    latest: 300,
    telemetry: 300,
  })
})
