// Reads arguments into a checked request; faults name the arguments as they are written on the command line.
import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { z } from 'zod'

export type RequestForm<Request extends z.ZodType> = {
  options: NonNullable<ParseArgsConfig['options']>
  /** Names of the arguments that stand without an option, in order; the first is the verb where there is a choice. */
  positionals: readonly string[]
  /** Checks the arguments, by the names of options and positionals. */
  request: Request
}

/** Throws one Error that lists every fault. */
export function readRequest<Request extends z.ZodType>(
  { options, positionals: names, request }: RequestForm<Request>,
  args: string[],
): z.output<Request> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options })
  const extra = positionals.slice(names.length)
  if (extra.length > 0) throw new Error(`not understood: ${extra.join(' ')}`)
  const placed = Object.fromEntries(positionals.map((value, index) => [names[index], value]))
  const given: Record<string, unknown> = { ...values, ...placed }
  const result = request.safeParse(given)
  if (result.success) return result.data

  const written = (name: string) =>
    Object.hasOwn(options, name) && !Object.hasOwn(placed, name)
      ? `--${name}`
      : String(placed[name] ?? name.toUpperCase())
  const faults = result.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return `${placed.verb} does not take ${issue.keys.map(written).join(', ')}`
    }
    const name = String(issue.path[0])
    if (name === 'verb') return given.verb === undefined ? 'say what to do' : `cannot ${given.verb}`
    if (given[name] === undefined) return `${written(name)} is missing`
    return `${written(name)}: ${issue.message}`
  })
  throw new Error(faults.join('\n'))
}
