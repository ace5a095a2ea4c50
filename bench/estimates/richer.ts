// A richer world for the same riders: wind, dense air and tired batteries in the cold, more or fewer lights, form that comes and goes.
import type { Random } from './frozen/random.ts'
import type { Habits } from './frozen/riders.ts'

const ohmPerK = 0.004
/** A rider sits in half of the wind. */
const usualWindMs = 4 / 2

export function richerHabits(random: Random): Habits {
  const lightChance = 1 / random.between(60, 400)
  const phase = random.between(0, 2 * Math.PI)
  return {
    form: (index) => 1 + 0.1 * Math.sin((2 * Math.PI * index) / 40 + phase),
    world({ random: chance, ambientC }) {
      const windMs = Math.abs(usualWindMs * chance.normal())
      const windFrom = chance.between(0, 2 * Math.PI)
      const densityKgM3 = (1.293 * 273.15) / (273.15 + ambientC)
      return {
        lightChance,
        coldOhmPerK: ohmPerK,
        air: (headingRad) => ({ densityKgM3, headwindMs: windMs * Math.cos(headingRad - windFrom) }),
      }
    },
  }
}
