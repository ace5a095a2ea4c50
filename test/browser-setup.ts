// The browser of a test run: found, or installed where that is possible.
import type { TestProject } from 'vitest/node'
import { toStderr } from '../infra/local/index.ts'
import { findChromium } from '../infra/local/tools.ts'

declare module 'vitest' {
  interface ProvidedContext {
    chromium: string
  }
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('chromium', await findChromium(toStderr))
}
