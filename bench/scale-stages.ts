// The stages that `bench scale` measures with one and with two processes: what runs, what is counted, and until when.
export interface WorkerStage {
  readonly name: string
  /** In the checkout. */
  readonly main: string
  /** A line of /metrics that counts the work, up to its closing brace. */
  readonly counter: RegExp
  /** How much a record of its topic counts, in the mean; a measurement ends when nine tenths of that are done. */
  readonly perRecord: 'samples' | 'one'
  /** Records of its topic for each track that is measured. */
  readonly recordsPerTrack: number
  /** A stage that is slow is not waited for to the end. */
  readonly mostSamples: number
}

const samples = (outcomes: string) => new RegExp(`^worker_samples_total\\{[^}]*outcome="(?:${outcomes})"`)

/** In the order of the way: each reads what the ones before it have written. */
export const workerStages: readonly WorkerStage[] = [
  row('normalize', { counter: samples('clean') }),
  row('search', { counter: samples('stored'), mostSamples: 600_000 }),
  row('latest', { counter: samples('merged') }),
  row('analytics', { counter: samples('delivered|withheld'), mostSamples: 200_000 }),
  // What normalize and latest have written of each track.
  row('ledger', {
    counter: /^worker_records_total\{[^}]*event="written"/,
    perRecord: 'one',
    recordsPerTrack: 2,
    mostSamples: 2_400_000,
  }),
]

function row(name: string, special: Partial<WorkerStage> & Pick<WorkerStage, 'counter'>): WorkerStage {
  return {
    name,
    main: `core/${name}/main.ts`,
    perRecord: 'samples',
    recordsPerTrack: 1,
    mostSamples: Number.POSITIVE_INFINITY,
    ...special,
  }
}
