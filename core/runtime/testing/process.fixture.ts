// A process with three made-up services, for tests of what a process does: one takes data in, one works, one answers.
// CRASH names the one that fails after its first round; TROUBLE the one that says it cannot work.
import { setTimeout as delay } from 'node:timers/promises'
import { readConfig } from '../config.ts'
import type { Loop } from '../loop.ts'
import { type ProcessPlan, runProcess } from '../process.ts'
import { commonSettings, type Scope, type Service } from '../service.ts'

const [, , crash = '', trouble = ''] = process.argv

/** Ends a while after it was told to, as who has a batch at hand. */
const loopOf = ({ name, log }: Scope): Loop => ({
  async run(signal) {
    if (name === crash) throw new Error('out of order')
    await delay(2 ** 31 - 1, undefined, { signal }).catch(() => undefined)
    await delay(50)
    log.info('batch finished')
  },
  trouble: () => (name === trouble ? 'its engine is away' : undefined),
})

const works = (scope: Scope): Service => {
  scope.onClose(async () => scope.log.info('client closed'))
  return { loops: [loopOf(scope)] }
}

/** Answers `/slow` only after it was told to stop. */
const answers = (scope: Scope): Service => ({
  ...works(scope),
  fetch: async (request) => {
    if (new URL(request.url).pathname !== '/slow') return new Response('answer')
    scope.log.info('asked')
    await new Promise((resolve) => scope.stopping.addEventListener('abort', resolve))
    return new Response('late answer')
  },
})

const services: ProcessPlan<never>['services'] = [
  { name: 'answering', stops: 'answer', port: 0, create: answers },
  { name: 'working', stops: 'worker', port: 0, create: works },
  { name: 'taking', stops: 'intake', port: 0, create: works },
]
await runProcess({ services, config: readConfig(commonSettings) })
