// SIGSTOP that ends with us: whoever is stopped goes on when this process ends, however it ends. Else it would stay stopped for
// ever, since a stopped process heeds nothing but SIGKILL and SIGCONT. Linux.
import { spawn } from 'node:child_process'
import type { ProcessIdentity } from '../../infra/local/process-identity.ts'
import { send, signalTree } from './process-tree.ts'

/** Reads until the other end of the pipe is closed: by us, or by the kernel when we are gone. */
const continueAtOurEnd = 'cat; kill -CONT "$@"'

/** Stops the process with all that it has started; the returned function lets them go on. Throws when it does not live. */
export function stopTree(head: ProcessIdentity): () => void {
  const stopped = signalTree(head, 'SIGSTOP')
  const holder = spawn('/bin/sh', ['-c', continueAtOurEnd, 'continue-at-end', ...stopped.map(String)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C in a terminal must not end it before us.
    detached: true,
  })
  return () => {
    for (const pid of stopped) send(pid, 'SIGCONT')
    holder.stdin.destroy()
  }
}
