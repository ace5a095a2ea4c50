// Starts services again that ended by themselves, as a supervisor would, and remembers it: none of them should.
import { rest } from '../../core/runtime/back-off.ts'
import type { OnProgress, Service } from '../../infra/local/index.ts'
import { isAlive } from '../../infra/local/process-identity.ts'

export interface ServiceKeeper {
  /** While `work` kills the service itself, nobody interferes. */
  during<T>(service: Service, work: () => Promise<T>): Promise<T>
  /** Services that ended by themselves, in order. */
  ended(): readonly string[]
  stop(): Promise<void>
}

const lookEveryMs = 1_000

export function keepServices(of: { services: readonly Service[]; onProgress: OnProgress }): ServiceKeeper {
  const { services, onProgress } = of
  const ending = new AbortController()
  const { signal } = ending
  const inHand = new Set<Service>()
  const ended: string[] = []

  async function look(): Promise<void> {
    for (const service of services) {
      if (signal.aborted || inHand.has(service) || isAlive(service.identity)) continue
      ended.push(service.name)
      onProgress(`${service.name} ended by itself, and is started again`)
      await service.restart().catch((error: unknown) => onProgress(`${service.name}: ${String(error)}`))
    }
  }

  async function keep(): Promise<void> {
    while (!signal.aborted) {
      await look()
      await rest(lookEveryMs, signal)
    }
  }

  const keeping = keep()
  return {
    async during(service, work) {
      inHand.add(service)
      try {
        return await work()
      } finally {
        inHand.delete(service)
      }
    },
    ended: () => ended,
    async stop() {
      ending.abort()
      await keeping
    },
  }
}
