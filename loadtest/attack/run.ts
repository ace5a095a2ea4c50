// Runs attacks one after the other. Only an attack that ran to its end can have found that the platform holds.
import { within } from '../../core/runtime/back-off.ts'
import type { Attack, AttackContext } from './attack-types.ts'

export interface AttackResult {
  readonly name: string
  readonly found: string
  /** `error`: it is not known whether the platform holds. */
  readonly outcome: 'holds' | 'falls' | 'error'
  /** How it fell, or what went wrong. */
  readonly how?: string
}

const attackMs = 90_000

export async function runAttacks(
  attacks: readonly Attack[],
  context: AttackContext,
  onProgress: (line: string) => void,
): Promise<AttackResult[]> {
  const results: AttackResult[] = []
  for (const attack of attacks) {
    context.signal.throwIfAborted()
    const result = await runAttack(attack, context)
    onProgress(`attack ${attack.name}: ${result.outcome}`)
    results.push(result)
  }
  return results
}

async function runAttack(attack: Attack, context: AttackContext): Promise<AttackResult> {
  const { name, found, withinMs = attackMs } = attack
  const ended = new AbortController()
  const signal = AbortSignal.any([context.signal, ended.signal])
  try {
    const verdict = await within(attack.run({ ...context, signal }), withinMs, `attack ${name}`)
    if (verdict.holds) return { name, found, outcome: 'holds' }
    return { name, found, outcome: 'falls', how: verdict.how }
  } catch (error) {
    return { name, found, outcome: 'error', how: error instanceof Error ? error.message : String(error) }
  } finally {
    ended.abort()
  }
}

/** The attacks of these names, in the order of the list; all without a name. Throws when there is none of a name. */
export function chooseAttacks(attacks: readonly Attack[], names: readonly string[]): readonly Attack[] {
  const unknown = names.filter((name) => !attacks.some((attack) => attack.name === name))
  if (unknown.length > 0) {
    const known = attacks.map(({ name }) => name).join(', ')
    throw new Error(`no such attack: ${unknown.join(', ')}; there are ${known}`)
  }
  return names.length === 0 ? attacks : attacks.filter(({ name }) => names.includes(name))
}
