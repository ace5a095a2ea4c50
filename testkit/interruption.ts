// How whoever started a long run ends it early.

/** Aborts at the first Ctrl-C or request to end, so that all is cleaned up; at the second one the process ends at once. */
export function interruption(): AbortSignal {
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(1)
      process.stderr.write(`stopping (${name}); once more ends everything at once\n`)
      ending.abort(new Error(`interrupted by ${name}`))
    })
  }
  return ending.signal
}
