// What came of a restore drill. Pure.
import { formatTable } from '../../testkit/table.ts'
import { type Comparison, isExact } from '../chaos/comparison.ts'
import type { DrillResult } from './run.ts'

/**
 * Nothing lost, and each sample once in the stores. The research stream lies in Kafka: nothing of it may be lost, and what was delivered
 * after PostgreSQL's last archived change may be delivered again.
 */
export function holds({ accounts, rejected, recorded }: DrillResult): boolean {
  const { stored, latest, delivered, imbalances, quarantined, incompleteDeliveries } = accounts
  return (
    recorded > 0 &&
    [stored, latest].every(isExact) &&
    delivered.lost === 0 &&
    imbalances.length + quarantined + incompleteDeliveries + rejected.length === 0
  )
}

export function formatDrill(result: DrillResult): string {
  const { stored, latest, delivered, imbalances, quarantined, incompleteDeliveries } = result.accounts
  const row = (where: string, { recorded, found, lost, doubled, changed }: Comparison) => [
    where,
    ...[recorded, found, lost, doubled, changed],
  ]
  const seconds = (value: number) => `${value.toFixed(1)} s`
  return [
    formatTable(
      ['destination', 'recorded', 'found', 'lost', 'doubled', 'changed'],
      [
        row('Elasticsearch, samples', stored),
        row('PostgreSQL, groups of the latest state', latest),
        row('research stream, samples', delivered),
      ],
    ),
    formatTable(
      ['measure', 'value'],
      [
        ['PostgreSQL was restored to before the loss by', seconds(result.olderS.postgres)],
        ['Elasticsearch was restored to before the loss by', seconds(result.olderS.elasticsearch)],
        ['loss → both engines restored', seconds(result.restoredS)],
        ['loss → the API answers', seconds(result.servedS)],
        ['loss → every sample in its place, books balanced', seconds(result.completeS)],
        ['samples in quarantine', String(quarantined)],
        ['deliveries that lack tracks in the ledger', String(incompleteDeliveries)],
      ],
    ),
    ...imbalances,
    ...result.rejected,
  ].join('\n\n')
}
