// A process with three made-up services, for tests of what a process does: one takes data in, one works, one answers.
// `crash=NAME` names the one that fails at once, beside a loop that does not; `late=NAME` the one that fails when it is stopped;
// `leaves=NAME` the one that ends by itself; `unmade=NAME` the one that cannot be put together; `trouble=NAME` the one that says it
// cannot work; `lacks=NAME` the one that works in part.
import { setTimeout as delay } from 'node:timers/promises'
import { rest } from '../back-off.ts'
import { readConfig } from '../config.ts'
import type { Loop } from '../loop.ts'
import { type ProcessPlan, runProcess } from '../process.ts'
import { commonSettings, type Scope, type Service } from '../service.ts'

const is = (what: 'crash' | 'late' | 'leaves' | 'unmade' | 'trouble' | 'lacks', name: string): boolean =>
  process.argv.includes(`${what}=${name}`)

const crash: Loop = { run: () => Promise.reject(new Error('out of order')), trouble: () => undefined }

/** Ends a while after it was told to, as who has a batch at hand. */
const loopOf = ({ name, log }: Scope): Loop => ({
  async run(signal) {
    if (is('leaves', name)) return
    await rest(2 ** 31 - 1, signal)
    await delay(50)
    if (is('late', name)) throw new Error('cannot commit')
    log.info('batch finished')
  },
  trouble: () => (is('trouble', name) ? 'its engine is away' : undefined),
})

const works = (scope: Scope): Service => {
  scope.onClose(async () => scope.log.info('client closed'))
  if (is('lacks', scope.name))
    scope.watch('Elasticsearch', () => Promise.reject(new Error('connection refused')), 'partly')
  if (is('unmade', scope.name)) throw new Error('no such folder')
  if (!is('crash', scope.name)) return { loops: [loopOf(scope)] }
  scope.watch('Kafka', async () => undefined)
  return { loops: [crash, loopOf(scope)] }
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

const config = readConfig(commonSettings)
const services: ProcessPlan<never>['services'] = [
  { name: 'answering', stops: 'answer', port: 0, config, create: answers },
  { name: 'working', stops: 'worker', port: 0, config, create: works },
  { name: 'taking', stops: 'intake', port: 0, config, create: works },
]
await runProcess({ services, config })
