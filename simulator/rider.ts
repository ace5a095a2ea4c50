// Riders and their habits: who rides when, how far and with how much help.
import type { Random } from './random.ts'

const habits = ['commuter', 'leisure', 'tour'] as const
type Habit = (typeof habits)[number]

interface Outing {
  /** Seconds after midnight UTC. */
  readonly startS: number
  readonly seconds: number
}

export interface Rider {
  readonly habit: Habit
  readonly assistLevel: number
  readonly powerW: number
  readonly cruiseKmh: number
  /** Rider, bike and luggage. */
  readonly massKg: number
  /** The outings of a day, in order, apart from each other; `weekday` 0 = Sunday. */
  outings(random: Random, weekday: number): readonly Outing[]
}

interface HabitRow {
  readonly share: number
  readonly assist: readonly number[]
  readonly powerW: readonly [number, number]
  readonly cruiseKmh: readonly [number, number]
  readonly outings: Rider['outings']
}

const hour = 3_600

const rows: Record<Habit, HabitRow> = {
  commuter: {
    share: 0.55,
    assist: [3, 4, 5],
    powerW: [80, 150],
    cruiseKmh: [20, 26],
    outings: (random, weekday) => {
      if (weekday === 0 || weekday === 6 || random.chance(0.12)) return []
      const seconds = random.integer(9, 40) * 60
      const jitterS = () => Math.round(900 * random.normal())
      return [
        { startS: 6 * hour + 2_400 + jitterS(), seconds },
        { startS: 16 * hour + 1_200 + jitterS(), seconds: seconds + random.integer(-120, 300) },
      ]
    },
  },
  leisure: {
    share: 0.35,
    assist: [2, 3, 4],
    powerW: [60, 110],
    cruiseKmh: [16, 22],
    outings: (random, weekday) => {
      const weekend = weekday === 0 || weekday === 6
      if (!random.chance(weekend ? 0.55 : 0.15)) return []
      return [
        {
          startS: random.integer(9, 17) * hour + random.integer(0, 3_599),
          seconds: random.integer(15, 80) * 60,
        },
      ]
    },
  },
  tour: {
    share: 0.1,
    assist: [1, 2],
    powerW: [100, 180],
    cruiseKmh: [19, 25],
    outings: (random, weekday) => {
      if (!random.chance(weekday === 0 || weekday === 6 ? 0.5 : 0.08)) return []
      return [{ startS: random.integer(8, 10) * hour, seconds: random.integer(120, 330) * 60 }]
    },
  },
}

export function createRider(random: Random): Rider {
  const habit = pickHabit(random.next())
  const row = rows[habit]
  return {
    habit,
    assistLevel: random.pick(row.assist),
    powerW: random.between(...row.powerW),
    cruiseKmh: random.between(...row.cruiseKmh),
    massKg: Math.min(165, Math.max(70, 100 + 14 * random.normal())),
    outings: row.outings,
  }
}

function pickHabit(luck: number): Habit {
  let rest = luck
  for (const habit of habits) {
    rest -= rows[habit].share
    if (rest < 0) return habit
  }
  return 'commuter'
}
