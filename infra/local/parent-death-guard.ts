// Ties a process to the life of the one that starts it, so that not even SIGKILL leaves engines behind.
import { existsSync } from 'node:fs'

export type Command = { command: string; args: readonly string[] }

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))

/** On Linux the kernel itself sends `signal` when the parent dies; elsewhere the next start ends what was left. */
export const withParentDeathSignal = (
  { command, args }: Command,
  signal: 'KILL' | 'QUIT' = 'KILL',
): Command =>
  setpriv === undefined
    ? { command, args }
    : { command: setpriv, args: ['--pdeathsig', signal, '--', command, ...args] }
