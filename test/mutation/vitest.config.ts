// The unit tests as StrykerJS runs them: the project with the engines would start them.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/*.engine.test.ts', 'node_modules/**'],
    setupFiles: ['test/mutation/no-shrinking.ts'],
    // A mutant that waits for ever fails by this; a busy machine must not.
    testTimeout: 15_000,
  },
})
