// The platform's own rules on what the simulator says: every dirt is noticed for its reason, and nothing clean is held.
import { expect, test } from 'vitest'
import { judge } from '../../core/fleet/judging/judge.ts'
import { rules } from '../../core/fleet/judging/rules/index.ts'
import { createWorkingFacts } from '../../core/fleet/judging/working-facts.ts'
import { readStatement } from '../../core/fleet/statements/read.ts'
import type { ManufacturingEvent } from '../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import {
  corrupt,
  type DirtRates,
  dirtKinds,
  makeBikes,
  type Statement,
  sayAbout,
  sayCatalogue,
  statementRecord,
} from './index.ts'

const seed = 9
const startMs = Date.UTC(2025, 0, 6)
const clean = sayAbout(makeBikes({ bikes: 150, seed, startMs, exchanges: 0.2 }), { seed })

/** Judges them as they arrive, and then what is held again, until nothing changes. */
function intake(statements: readonly Statement[]) {
  const nothing = { types: [], models: [], bikes: [], components: [], aliases: [], installations: [] }
  const facts = createWorkingFacts(nothing)
  const states = new Map<string, { state: string; reasons: readonly string[] }>()
  const isHeld = (event: ManufacturingEvent) => {
    const { state, findings, changes } = judge(event, facts, { nowMs: Date.UTC(2026, 0, 1), rules })
    facts.apply(changes)
    states.set(event.eventId, { state, reasons: findings.map(({ reason }) => reason) })
    return state === 'held'
  }
  let held = statements.map(eventOf).filter((event) => !states.has(event.eventId) && isHeld(event))
  for (let before = -1; before !== held.length; held = held.filter(isHeld)) before = held.length
  return states
}

function eventOf(statement: Statement): ManufacturingEvent {
  const read = readStatement(Buffer.from(statementRecord(statement).value))
  if (read.kind !== 'statement') throw new Error(read.detail)
  return read.event
}

test('of clean statements every one is applied, without a finding', () => {
  const states = intake([...sayCatalogue({ seed, atMs: startMs }), ...clean])
  const doubtful = [...states.values()].filter(
    ({ state, reasons }) => state !== 'applied' || reasons.length > 0,
  )
  expect(doubtful).toEqual([])
})

test('what only comes twice, late or in disorder ends as if it had not', () => {
  const { corrupted, statements } = corrupt(clean, {
    seed,
    rates: { repeated: 0.1, late: 0.1, disordered: 0.2 },
  })
  expect(new Set(corrupted.map(({ kind }) => kind)).size).toBe(3)
  const states = intake([...sayCatalogue({ seed, atMs: startMs }), ...statements])
  expect([...states.values()].filter(({ state }) => state !== 'applied')).toEqual([])
})

test.each(Object.entries(dirtKinds).filter(([, reason]) => reason !== undefined))(
  '%s is noticed as %s each time',
  (kind, reason) => {
    const rates: DirtRates = { [kind]: 0.2 }
    const { corrupted, statements } = corrupt(clean, { seed, rates })
    const states = intake([...sayCatalogue({ seed, atMs: startMs }), ...statements])
    expect(corrupted.length).toBeGreaterThan(5)
    for (const { eventId } of corrupted) expect(states.get(eventId)?.reasons).toContain(reason)
  },
)
