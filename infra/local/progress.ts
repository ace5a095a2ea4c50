// Says what takes long, while it takes long.
import { tell } from '../../core/runtime/command-line/run-command.ts'

export type OnProgress = (line: string) => void

const tickMs = 5_000

/**
 * Announces the step, repeats itself every five seconds with the time passed and what `doing` then says, and says when it is done.
 */
export const step = async <T>(
  onProgress: OnProgress,
  what: string,
  work: () => Promise<T>,
  doing: () => string = () => '',
): Promise<T> => {
  const startedMs = Date.now()
  const seconds = () => `${((Date.now() - startedMs) / 1000).toFixed(1)} s`
  onProgress(`${what} …`)
  const ticker = setInterval(() => onProgress(`${what} … ${seconds()}  ${doing()}`.trimEnd()), tickMs)
  try {
    const result = await work()
    onProgress(`${what}: done in ${seconds()}`)
    return result
  } finally {
    clearInterval(ticker)
  }
}

export const toStderr: OnProgress = tell
