// How long a withdrawal can be overlooked: from the last reading of the consents to Kafka's answer to the commit.
import { Histogram, type Registry } from 'prom-client'

/** Returns the function that counts one commit. */
export function createCommitMetric(registry: Registry): (seconds: number) => void {
  const commits = new Histogram({
    name: 'analytics_commit_seconds',
    help: 'From the last reading of the consents to the answer to the commit; unanswered commits are not in it',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75],
    registers: [registry],
  })
  return (seconds) => commits.observe(seconds)
}
