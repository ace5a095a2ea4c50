// The engines of a test run: those of the environment, or local ones started once for all test files.
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    engines: Readonly<Record<string, string>>
  }
}

const variables = [
  'KAFKA_BROKERS',
  'ELASTICSEARCH_URL',
  'ELASTICSEARCH_USERNAME',
  'ELASTICSEARCH_PASSWORD',
  'DATABASE_URL',
] as const

export default async function setup(project: TestProject): Promise<void> {
  const given = variables.map((name) => [name, process.env[name] ?? ''] as const)
  project.provide('engines', Object.fromEntries(given))
}
