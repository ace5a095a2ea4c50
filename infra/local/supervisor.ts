// The background process behind `npm run stack -- up`. Reports to its starter until everything is up, then is alone.
import { holdStack } from './hold.ts'
import type { OnProgress } from './progress.ts'
import { parseStackArguments } from './stack-arguments.ts'

export type SupervisorMessage =
  | { kind: 'progress'; line: string }
  | { kind: 'up' }
  | { kind: 'failed'; reason: string }

const tell = (message: SupervisorMessage): Promise<void> =>
  new Promise((resolve) => {
    if (!process.connected) resolve()
    else process.send?.(message, () => resolve())
  })

const onProgress: OnProgress = (line) => {
  console.log(`${new Date().toISOString()} ${line}`)
  void tell({ kind: 'progress', line })
}

// A starter that goes away before everything is up has changed its mind.
const abandoned = new AbortController()
const abandon = () => abandoned.abort()
process.once('disconnect', abandon)

try {
  await holdStack({
    ...parseStackArguments(process.argv.slice(2)),
    onProgress,
    end: abandoned.signal,
    onUp: async () => {
      process.off('disconnect', abandon)
      await tell({ kind: 'up' })
      if (process.connected) process.disconnect()
    },
  })
  onProgress('stopped')
} catch (error) {
  console.error(error)
  await tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
if (process.connected) process.disconnect()
