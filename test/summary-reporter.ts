// The last line of a test run: how many tests passed and failed.
import type { Reporter, TestModule } from 'vitest/node'

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    )
    const count = (state: string) => states.filter((each) => each === state).length
    // A file that could not be loaded has no tests to fail, and an unhandled error belongs to none: both count.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
    process.once('exit', () => {
      process.stdout.write(`\n${count('passed')} passed, ${count('failed') + broken} failed\n`)
    })
  }
}
