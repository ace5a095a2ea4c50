// What the fleet worker counts beside what every worker counts.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { FleetStore, JudgedStatement } from './port.ts'

export interface FleetMetrics {
  judged(statements: readonly JudgedStatement[]): void
}

/** What is held is asked for when somebody looks, and bounds how early an unregistered bike is seen. */
export function createFleetMetrics(registry: Registry, store: Pick<FleetStore, 'held'>): FleetMetrics {
  const registers = [registry]
  const statements = new Counter({
    name: 'fleet_statements_total',
    help: 'Judgements of statements by what became of them',
    labelNames: ['state'],
    registers,
  })
  const findings = new Counter({
    name: 'fleet_findings_total',
    help: 'Findings in judgements by reason and severity',
    labelNames: ['reason', 'severity'],
    registers,
  })
  const oldest = new Gauge({
    name: 'fleet_held_oldest_seconds',
    help: 'Age of the statement that is held longest; 0 when none is',
    registers,
  })
  new Gauge({
    name: 'fleet_held_statements',
    help: 'Statements that wait for a reviewer or for what explains them',
    registers,
    async collect() {
      const held = await store.held().catch(() => undefined)
      if (held === undefined) return
      this.set(held.statements)
      oldest.set(held.oldestMs === null ? 0 : (Date.now() - held.oldestMs) / 1_000)
    },
  })
  return {
    judged(all) {
      for (const { state, findings: found } of all) {
        statements.inc({ state })
        for (const { reason, severity } of found) findings.inc({ reason, severity })
      }
    },
  }
}
