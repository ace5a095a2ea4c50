// Frozen copy of simulator/rider.ts of 29 November 2026, without the hours of the day.
import type { Random } from './random.ts'

const habits = ['commuter', 'leisure', 'tour'] as const
type Habit = (typeof habits)[number]

export interface Rider {
  readonly habit: Habit
  readonly assistLevel: number
  readonly powerW: number
  readonly cruiseKmh: number
  /** Rider, bike and luggage. */
  readonly massKg: number
}

interface HabitRow {
  readonly share: number
  readonly assist: readonly number[]
  readonly powerW: readonly [number, number]
  readonly cruiseKmh: readonly [number, number]
}

const rows: Record<Habit, HabitRow> = {
  commuter: { share: 0.55, assist: [3, 4, 5], powerW: [80, 150], cruiseKmh: [20, 26] },
  leisure: { share: 0.35, assist: [2, 3, 4], powerW: [60, 110], cruiseKmh: [16, 22] },
  tour: { share: 0.1, assist: [1, 2], powerW: [100, 180], cruiseKmh: [19, 25] },
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
