// What a stage costs: so much a sample and so much a track, from measurements with long tracks and with short ones. Pure.

/** Seconds a million samples of tracks of that length. */
export interface Measured {
  readonly long: number
  readonly short: number
}

/** Seconds a sample, and seconds a track beside those of its samples. */
export interface Cost {
  readonly perSample: number
  readonly perTrack: number
}

export interface Load {
  readonly samplesPerSecond: number
  readonly tracksPerSecond: number
}

export interface Lengths {
  readonly long: number
  readonly short: number
}

/** The line through both; where noise would make one part negative, the other carries all. */
export function costOf({ long, short }: Measured, lengths: Lengths): Cost {
  const perTrack = (short - long) / (1 / lengths.short - 1 / lengths.long)
  const perSample = long - perTrack / lengths.long
  if (perTrack < 0) return { perSample: Math.max(long, short) / 1e6, perTrack: 0 }
  if (perSample < 0) return { perSample: 0, perTrack: (short * lengths.short) / 1e6 }
  return { perSample: perSample / 1e6, perTrack: perTrack / 1e6 }
}

/** Seconds of work a second: how many cores, or processes, are busy all the time. */
export function secondsPerSecond({ perSample, perTrack }: Cost, load: Load): number {
  return perSample * load.samplesPerSecond + perTrack * load.tracksPerSecond
}
