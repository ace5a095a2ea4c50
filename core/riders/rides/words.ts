// Finds the note that counts for a ride: of those within it, the one that was changed last. Pure.
import type { RideNote, RideWords } from './notes-port.ts'
import type { Ride } from './port.ts'

const silent: RideWords = { name: undefined, hidden: false, notMe: false }

/** A ride from 10 to 20 with notes at 12 (changed at 1) and 15 (changed at 2) has the words of the note at 15. */
export function wordsOf(
  { bikeId, fromMs, untilMs }: Pick<Ride, 'bikeId' | 'fromMs' | 'untilMs'>,
  notes: readonly RideNote[],
): RideWords {
  const within = notes.filter((note) => note.bikeId === bikeId && note.atMs >= fromMs && note.atMs <= untilMs)
  const [last] = within.sort((a, b) => b.changedAtMs - a.changedAtMs || a.atMs - b.atMs)
  return last ? { name: last.name, hidden: last.hidden, notMe: last.notMe } : silent
}
