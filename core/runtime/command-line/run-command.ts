// How every command of the command line begins and ends: help, faulty arguments, failures, exit codes. The only place where
// commands write, so that no text of a plant or a rider acts on a terminal.

import { visible } from '../foreign-text.ts'
import { ConfigurationError } from '../transport.ts'

export type Command<Asked> = {
  usage: string
  /** Reads the arguments; whatever it throws is a fault in them. */
  read: (args: string[]) => Asked
  obey: (asked: Asked) => Promise<void>
}

/** Exit code 0 when done or asked for help, 1 when the work failed, 2 when the arguments or settings make no sense. */
export async function runCommand<Asked>(
  { usage, read, obey }: Command<Asked>,
  args = process.argv.slice(2),
): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    print(usage)
    return
  }
  let asked: Asked
  try {
    asked = read(args)
  } catch (error) {
    tell(`${messageOf(error)}\n\n${usage}`)
    process.exitCode = 2
    return
  }
  try {
    await obey(asked)
  } catch (error) {
    tell(messageOf(error))
    process.exitCode = error instanceof ConfigurationError ? 2 : 1
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Writes a text and the end of its line to standard output. */
export function print(text: string): void {
  process.stdout.write(`${visible(text)}\n`)
}

/** Writes a text for people to standard error: standard output is for what was asked for. */
export function tell(text: string): void {
  process.stderr.write(`${visible(text)}\n`)
}
