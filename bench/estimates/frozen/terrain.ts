// Frozen copy of simulator/terrain.ts of 29 November 2026.
import type { Random } from './random.ts'

export interface Terrain {
  altitudeM(distanceM: number): number
  /** Rise over run. */
  slope(distanceM: number): number
}

interface Wave {
  readonly amplitudeM: number
  readonly lengthM: number
  readonly phase: number
}

/** `hilliness` from 0 (the coast) to 1 (the foothills): the steepest slope is some 9 % times that. */
export function createTerrain(random: Random, hilliness: number): Terrain {
  const baseM = random.between(5, 300)
  // Amplitudes in proportion to the lengths: each wave contributes about 3 % at its steepest.
  const waves: Wave[] = [4_000, 1_300, 450].map((lengthM) => ({
    lengthM: lengthM * random.between(0.7, 1.4),
    amplitudeM: (0.03 * hilliness * lengthM * random.between(0.4, 0.7)) / (2 * Math.PI),
    phase: random.between(0, 2 * Math.PI),
  }))
  const angle = ({ lengthM, phase }: Wave, distanceM: number) => (2 * Math.PI * distanceM) / lengthM + phase
  return {
    altitudeM: (distanceM) =>
      waves.reduce((sum, wave) => sum + wave.amplitudeM * Math.sin(angle(wave, distanceM)), baseM),
    slope: (distanceM) =>
      waves.reduce(
        (sum, wave) =>
          sum + ((2 * Math.PI * wave.amplitudeM) / wave.lengthM) * Math.cos(angle(wave, distanceM)),
        0,
      ),
  }
}
