// What a worker's /metrics say of its progress. Pure.

export interface WorkerState {
  /** Undefined before the worker has counted anything. */
  readonly counted: number | undefined
  readonly partitions: number
  /** Records of its partitions that are not committed. */
  readonly lag: number
}

/** Throws an Error on a line whose value is no number. `counter` matches the lines that are counted. */
export function readWorkerState(metrics: string, counter: RegExp): WorkerState {
  const lines = metrics.split('\n')
  const counts = lines.filter((line) => counter.test(line)).map(numberIn)
  const lags = lines.filter((line) => line.startsWith('worker_lag_records{')).map(numberIn)
  return {
    counted: counts.length === 0 ? undefined : sum(counts),
    partitions: lags.length,
    lag: sum(lags),
  }
}

function numberIn(line: string): number {
  const text = line.slice(line.lastIndexOf(' ') + 1)
  const value = Number(text)
  if (text === '' || !Number.isFinite(value)) throw new Error(`no number: ${line}`)
  return value
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
