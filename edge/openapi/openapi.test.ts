import { expect, test } from 'vitest'
import { answers } from '../answers.ts'
import { createMemoryEdge } from '../testing/memory-edge.ts'

const get = (path: string) => createMemoryEdge().fetch(new Request(`http://edge${path}`))

test('the OpenAPI document names every status and only defined schemas', async () => {
  const text = await (await get('/openapi.json')).text()
  const document = JSON.parse(text)
  const { responses } = document.paths['/v1/telemetry'].post
  const statuses = new Set(Object.values(answers).map(({ status }) => String(status)))
  expect(Object.keys(responses).sort()).toEqual(
    [...statuses, '202'].filter((status) => status !== '404').sort(),
  )
  for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
    expect(document.components.schemas).toHaveProperty(name as string)
  }
})

test('the page at /docs has an anchor for every reason and needs nothing from elsewhere', async () => {
  const response = await get('/docs')
  const html = await response.text()
  expect(response.headers.get('content-type')).toMatch('text/html')
  for (const reason of Object.keys(answers)) {
    if (reason !== 'not_found') expect(html).toContain(`id="${reason}"`)
  }
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//)
})
