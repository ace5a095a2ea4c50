import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSecrets } from './secrets.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

test('a secret stays the same, differs by name, and only its owner reads it', () => {
  const dataDir = temporaryFolder()
  const secret = openSecrets(dataDir)('postgres')
  expect(openSecrets(dataDir)('postgres')).toBe(secret)
  expect(openSecrets(dataDir)('elasticsearch')).not.toBe(secret)
  expect(secret).toMatch(/^[0-9a-f]{32}$/)
  expect(statSync(join(dataDir, 'secrets.json')).mode & 0o077).toBe(0)
})
