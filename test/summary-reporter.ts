// The last line of a test run: how many tests passed and failed.
import type { Reporter, TestModule } from 'vitest/node'

export default class SummaryReporter implements Reporter {
  #passed = 0
  #failed = 0

  /** Written when the process ends, after all that others have to say. */
  onInit(): void {
    process.once('exit', (code) => {
      // A run that failed before its tests, engines that did not start for example, has a failure too.
      const failed = code === 0 ? this.#failed : Math.max(this.#failed, 1)
      process.stdout.write(`\n${this.#passed} passed, ${failed} failed\n`)
    })
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    )
    const count = (state: string) => states.filter((each) => each === state).length
    // A file that cannot be loaded, a hook of a suite and an unhandled error fail without a failed test.
    const broken = modules
      .flatMap((module) => [module, ...module.children.allSuites()])
      .filter((each) => each.errors().length > 0)
    this.#passed = count('passed')
    this.#failed = count('failed') + broken.length + errors.length
  }
}
