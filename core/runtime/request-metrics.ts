// How long the requests of a listener take, and how many are at hand.
import { Gauge, Histogram, type Registry } from 'prom-client'

interface Named {
  readonly name: string
  readonly help: string
}

/** To be called when a request has come; the function that it returns is told the status of the answer. Durations are in seconds. */
export function exposeRequests(
  registry: Registry,
  {
    durations,
    inFlight,
  }: { readonly durations: Named & { readonly buckets: number[] }; readonly inFlight: Named },
): () => (status: number) => void {
  const registers = [registry]
  const requests = new Histogram({ ...durations, labelNames: ['status'], registers })
  const atHand = new Gauge({ ...inFlight, registers })
  return () => {
    const end = requests.startTimer()
    atHand.inc()
    return (status) => {
      atHand.dec()
      end({ status: String(status) })
    }
  }
}
