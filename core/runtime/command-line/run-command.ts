// How every command of the command line begins and ends: help, faulty arguments, failures, exit codes.

export type Command<Asked> = {
  usage: string
  /** Reads the arguments; whatever it throws is a fault in them. */
  read: (args: string[]) => Asked
  obey: (asked: Asked) => Promise<void>
}

/** Exit code 0 when done or asked for help, 1 when the work failed, 2 when the arguments make no sense. */
export async function runCommand<Asked>(
  { usage, read, obey }: Command<Asked>,
  args = process.argv.slice(2),
): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage}\n`)
    return
  }
  let asked: Asked
  try {
    asked = read(args)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage}\n`)
    process.exitCode = 2
    return
  }
  try {
    await obey(asked)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = 1
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
