import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { services } from '../services.ts'
import { elasticsearchRoles } from './elasticsearch-roles.ts'

test('the runbook tells the roles as they are', async () => {
  const runbook = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  for (const [user, role] of Object.entries(elasticsearchRoles('')))
    expect(runbook).toContain(`    ${user}: ${JSON.stringify(role)}\n`)
})

test('whoever has an address of Elasticsearch has a role, and provisioning', () => {
  const askers = services.filter(({ settings }) => settings.some((each) => each === 'ELASTICSEARCH_URL'))
  const users = Object.keys(elasticsearchRoles(''))
  expect(users.sort()).toEqual([...askers.map(({ name }) => name), 'provision'].sort())
})

test('roles are of the indices of a namespace alone', () => {
  const { api, 'research-copy': copy } = elasticsearchRoles('demo')
  expect(api.indices).toEqual([{ names: ['demo-telemetry', 'demo-telemetry-*'], privileges: ['read'] }])
  expect(copy.indices.map(({ names }) => names)).toEqual([['demo-research', 'demo-research-*']])
})
