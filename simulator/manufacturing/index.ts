// What plants, OEMs and workshops say, the truth behind it, and how the bikes fare in the field. Everything follows from a seed.

export { dirtKinds, mistyped } from './corruptors.ts'
export { componentFile } from './csv.ts'
export { type Corrupted, corrupt, type DirtRates } from './dirt.ts'
export {
  type Component,
  carriedAt,
  type MadeBike,
  makeBikes,
  partsAt,
} from './factory.ts'
export { type FieldRecord, rideInTheField } from './faults.ts'
export { createSpeaker, referenceTo, sayAbout, sayCatalogue } from './say.ts'
export { type Statement, statementRecord } from './statement.ts'
