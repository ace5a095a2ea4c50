// A folder for one test, removed after it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export const temporaryFolder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'mobility-test-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
