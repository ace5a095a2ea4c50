// Range and duration estimates: each ride predicted from those before it, against simple methods; and how long answers take.
import { fitPrior } from '../core/riders/estimates/fit-prior.ts'
import { shippedPrior } from '../core/riders/estimates/shipped-prior.ts'
import { answerTimes } from './estimates/answer-time.ts'
import type { Random } from './estimates/frozen/random.ts'
import { createJudgedRider, type Habits, type JudgedRider, plainHabits } from './estimates/frozen/riders.ts'
import {
  judgeHills,
  judgeRides,
  type LevelMeans,
  levelMeansOf,
  type NumberedRide,
} from './estimates/judge-energy.ts'
import { judgeMoving } from './estimates/judge-moving.ts'
import { readRecordedRides } from './estimates/recorded-rides.ts'
import { richerHabits } from './estimates/richer.ts'
import { type Score, scoreOf } from './estimates/scores.ts'
import type { Bench, BenchResult, Goal } from './report.ts'

const seed = 20261129
const otherSeeds = [7, 99]
/** Riders of the prior, and those who are judged. */
const ofPrior = { from: 0, until: 30 }
const judged = { from: 30, until: 60 }
const firstJudgedRide = 6

type Span = typeof judged
type HabitsOf = (random: Random) => Habits

export const run: Bench = async ({ tripsDir, progress }) => {
  const population = ridersOf(seed, ofPrior)
  progress(`prior: ${population.length} riders`)
  const means = levelMeansOf(population)
  const frozen = ridersOf(seed, judged)
  const energy = energyScores(frozen, means)
  progress('frozen simulator: judged')
  const seeds = otherSeeds.map((other) => {
    const { rides2To3, rides11On, flatToHills } = energyScores(ridersOf(other, judged), means)
    progress(`seed ${other}: judged`)
    return { seed: other, rides2To3, rides11On, flatToHills }
  })
  const inWind = ridersOf(seed, judged, richerHabits)
  const richer = {
    windTold: scoreOf(second(judgeAll(inWind, means, true))),
    windUntold: scoreOf(second(judgeAll(inWind, means))),
  }
  progress('richer simulator: judged')
  const moving = tripsDir === undefined ? undefined : await movingScore(tripsDir)
  const rides = frozen.flatMap((rider, i) =>
    rider.rides.map((ride) => ({ ...ride, rideId: `${i}-${ride.rideId}` })),
  )
  const times = answerTimes(rides.slice(0, 300))
  const shippedIsFit = isShipped(population)
  return reportOf({ energy: { ...energy, seeds, richer }, moving, times, shippedIsFit })
}

function ridersOf(of: number, { from, until }: Span, habitsOf: HabitsOf = () => plainHabits): JudgedRider[] {
  return Array.from({ length: until - from }, (_, i) =>
    createJudgedRider({ seed: of, index: from + i, habitsOf }),
  )
}

const judgeAll = (riders: readonly JudgedRider[], means: LevelMeans, windIsTold = false) =>
  judgeRides(riders, { prior: shippedPrior, means, windIsTold })
const second = (rides: readonly NumberedRide[]) => rides.filter(({ number }) => number >= 2)

/** Its own figures are those of all rides from each rider's second on. */
function energyScores(riders: readonly JudgedRider[], means: LevelMeans) {
  const rides = judgeAll(riders, means)
  const between = (from: number, until: number) =>
    scoreOf(rides.filter(({ number }) => number >= from && number <= until))
  return {
    ...scoreOf(second(rides)),
    ride1: between(1, 1),
    rides2To3: between(2, 3),
    rides4To10: between(4, 10),
    rides11On: between(11, Number.POSITIVE_INFINITY),
    flatToHills: scoreOf(judgeHills(riders, { prior: shippedPrior, means, windIsTold: false })),
  }
}

async function movingScore(dir: string): Promise<Score> {
  return scoreOf(judgeMoving(await readRecordedRides(dir), { prior: shippedPrior, first: firstJudgedRide }))
}

/** Whether the prior that is shipped is what its riders give, to four digits. */
function isShipped(population: readonly JudgedRider[]): boolean {
  const riders = population.map(({ rides }) => rides)
  const { energy } = fitPrior({ riders, base: shippedPrior, version: '', origin: '' })
  const rounded = (prior: typeof energy) =>
    JSON.stringify(prior, (_, value) => (typeof value === 'number' ? Number(value.toFixed(4)) : value))
  return rounded(energy) === rounded(shippedPrior.energy)
}

interface Results {
  readonly energy: ReturnType<typeof energyScores> & {
    readonly seeds: readonly {
      readonly seed: number
      readonly rides2To3: Score
      readonly rides11On: Score
      readonly flatToHills: Score
    }[]
    readonly richer: { readonly windTold: Score; readonly windUntold: Score }
  }
  readonly moving: Score | undefined
  readonly times: ReturnType<typeof answerTimes>
  readonly shippedIsFit: boolean
}

function reportOf({ energy, moving, times, shippedIsFit }: Results): BenchResult {
  const rows = [
    rowOf('Wh/km, ride 1', energy.ride1),
    rowOf('Wh/km, rides 2–3', energy.rides2To3),
    rowOf('Wh/km, rides 4–10', energy.rides4To10),
    rowOf('Wh/km, rides 11–40', energy.rides11On),
    rowOf('Wh/km, flat → hills', energy.flatToHills),
    ...energy.seeds.flatMap((of) => [
      rowOf(`… rides 2–3, seed ${of.seed}`, of.rides2To3),
      rowOf(`… rides 11–40, seed ${of.seed}`, of.rides11On),
      rowOf(`… flat → hills, seed ${of.seed}`, of.flatToHills),
    ]),
    rowOf('Wh/km, richer simulator, wind told', energy.richer.windTold),
    rowOf('… wind not told', energy.richer.windUntold),
    ...(moving ? [rowOf(`moving time, recorded, from ride ${firstJudgedRide}`, moving)] : []),
  ]
  return {
    title: `30 simulated riders × 40 rides${moving ? `, ${moving.n} recorded rides` : ''}, prior ${shippedPrior.version}; all in %`,
    rows,
    goals: [
      ...energyGoals(energy),
      ...(moving ? movingGoals(moving) : []),
      ...otherGoals(times, shippedIsFit),
    ],
    figures: { times, shippedIsFit },
    record: { energy, ...(moving && { moving }) },
  }
}

function rowOf(what: string, score: Score) {
  const { n, mape, mape95, coverage, width, baselines } = score
  return {
    what,
    n,
    MAPE: mape.toFixed(1),
    '95 %': `[${mape95.map((value) => value.toFixed(1)).join(', ')}]`,
    coverage: coverage.toFixed(0),
    width: width.toFixed(0),
    ...Object.fromEntries(
      ['nameplate', 'runningMean', 'meanPerLevel'].map((name) => [
        name,
        baselines[name]?.mape.toFixed(1) ?? '',
      ]),
    ),
    'pinball / best': (score.pinball / leastPinball(score)).toFixed(2),
  }
}

const leastPinball = ({ baselines }: Score) =>
  Math.min(...Object.values(baselines).map(({ pinball }) => pinball))

function energyGoals(energy: Results['energy']): Goal[] {
  return [
    atMost('energy, MAPE of rides 2–3', energy.rides2To3.mape, 9),
    atMost('energy, MAPE from ride 11', energy.rides11On.mape, 6),
    atMost('energy, MAPE flat → hills', energy.flatToHills.mape, 7),
    within('energy, coverage from ride 2', energy.coverage, [75, 85]),
    atMost('energy, width from ride 11', energy.rides11On.width, 20),
    ...richerGoals('wind told by a forecast', energy.richer.windTold),
    ...richerGoals('wind not told', energy.richer.windUntold),
  ]
}

function richerGoals(how: string, score: Score): Goal[] {
  const ratio = score.mape / (score.baselines.runningMean?.mape ?? Number.NaN)
  return [
    atMost(`richer simulator, ${how}, MAPE over that of the running mean`, Math.round(100 * ratio), 65),
    {
      what: `richer simulator, ${how}, pinball loss over the best baseline's`,
      goal: '< 1',
      measured: (score.pinball / leastPinball(score)).toFixed(2),
      reached: score.pinball < leastPinball(score),
    },
  ]
}

function movingGoals(moving: Score): Goal[] {
  return [
    atMost('moving time of recorded rides, MAPE', moving.mape, 9),
    within('moving time of recorded rides, coverage', moving.coverage, [70, 95]),
  ]
}

function otherGoals(times: Results['times'], shippedIsFit: boolean): Goal[] {
  return [
    ...Object.entries(times).map(([question, { wallMs, cpuMs }]) => ({
      what: `answer with 300 rides, ${question}, p99`,
      goal: '≤ 50 ms',
      measured: `${wallMs.p99.toFixed(0)} ms (CPU ${cpuMs.p99.toFixed(0)} ms; medians ${wallMs.p50.toFixed(0)}, ${cpuMs.p50.toFixed(0)})`,
      reached: wallMs.p99 <= 50,
    })),
    {
      what: 'the shipped prior is what its riders give',
      goal: 'yes',
      measured: shippedIsFit ? 'yes' : 'no',
      reached: shippedIsFit,
    },
  ]
}

function atMost(what: string, value: number, most: number): Goal {
  return { what, goal: `≤ ${most} %`, measured: `${value} %`, reached: value <= most }
}

function within(what: string, value: number, [least, most]: readonly [number, number]): Goal {
  return {
    what,
    goal: `${least}–${most} %`,
    measured: `${value} %`,
    reached: value >= least && value <= most,
  }
}
