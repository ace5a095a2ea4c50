import { defineConfig } from 'vitest/config'

const engineTests = ['**/*.engine.test.ts']
const browserTests = ['**/*.browser.test.ts']
const imageTests = ['**/*.image.test.ts']
const clusterTests = ['**/*.cluster.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...engineTests, ...browserTests, ...imageTests, ...clusterTests, 'node_modules/**'],
          // For tests that hang; none should fail because its machine is busy.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          // A process for each of four hundred files would take longer than the tests in them.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'engines',
          include: engineTests,
          exclude: ['node_modules/**'],
          globalSetup: 'test/global-setup.ts',
          // For tests that hang; none should fail because its machine is busy.
          testTimeout: 400_000,
          expect: { poll: { timeout: 120_000 } },
          // Engines of a file's own take minutes to start on a busy machine.
          hookTimeout: 400_000,
          maxWorkers: 2,
          isolate: false,
          // Services are started some hundred times: compiled once, they take a third less of the processor.
          env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/node_modules/.cache/node` },
          // kafkajs sets a negative timeout while it has nothing to do.
          execArgv: ['--disable-warning=TimeoutNegativeWarning'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: browserTests,
          exclude: ['node_modules/**'],
          globalSetup: ['test/global-setup.ts', 'test/browser-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'image',
          include: imageTests,
          exclude: ['node_modules/**'],
          globalSetup: 'test/global-setup.ts',
          testTimeout: 300_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: clusterTests,
          exclude: ['node_modules/**'],
          testTimeout: 400_000,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
    reporters: ['default', './test/summary-reporter.ts'],
  },
})
