// Rides for the fake API, made by formulas: the same at each run.

const startMs = Date.parse('2026-11-28T13:10:00Z')
const iso = (ms: number) => new Date(ms).toISOString()

const summary = {
  ...{ movingS: 4_820, standingS: 410, unrecordedS: 90, pauses: 3, stops: 9 },
  ...{
    distanceM: 28_460,
    distanceFrom: 'odometer',
    ascentM: 412,
    descentM: 398,
    averageKmh: 21.3,
    maxKmh: 46.2,
  },
  ...{ energyWh: 251, energyCoverage: 0.97, whPerKm: 8.8, riderWorkWh: 118 },
  assistShares: [
    { level: 1, share: 0.22 },
    { level: 2, share: 0.61 },
    { level: 3, share: 0.17 },
  ],
  ambientC: { min: 3, mean: 5.5, max: 8 },
  ...{
    chargeStartPct: 94,
    chargeEndPct: 44,
    clockRules: ['none'],
    recorderIds: [],
    recordings: [],
    samples: 9_640,
  },
  gaps: [{ from: iso(startMs + 2_400_000), until: iso(startMs + 2_490_000) }],
}

interface Told {
  readonly id: string
  readonly fromMs: number
  readonly distanceM: number
  readonly name?: string | null
  readonly open?: boolean
}

const rideOf = ({ id, fromMs, distanceM, name = null, open = false }: Told) => ({
  rideId: id,
  bikeId: '0b5f8f3e-7c1d-4a53-9a7e-3f1f0f6b2c11',
  ...{ from: iso(fromMs), until: iso(fromMs + 5_320_000), closesAt: iso(fromMs + 5_920_000) },
  ...{ open, end: 'rest', name, hidden: false, notMe: false },
  summary: {
    ...summary,
    distanceM,
    movingS: Math.round(distanceM / 5.9),
    energyWh: Math.round(distanceM * 0.0088),
  },
})

const dayMs = 86_400_000
export const rides = [
  rideOf({ id: 'ride-open', fromMs: startMs + dayMs, distanceM: 4_210, open: true }),
  rideOf({ id: 'ride-1', fromMs: startMs, distanceM: 28_460, name: 'Round the lake' }),
  rideOf({ id: 'ride-2', fromMs: startMs - dayMs, distanceM: 7_320 }),
  rideOf({
    id: 'ride-3',
    fromMs: startMs - 4 * dayMs - 20_000_000,
    distanceM: 7_290,
    name: '<script>alert(1)</script> café',
  }),
  rideOf({ id: 'ride-4', fromMs: startMs - 31 * dayMs, distanceM: 54_730, name: 'Over the pass' }),
]

/** A ride round a lake with a gap and a tunnel without positions, in so many rows. */
export function streamsOf(rows: number) {
  const columns: Record<string, (number | null)[]> = {}
  /** With as many digits as bikes have. */
  const set = (metric: string, row: number, value: number, digits = 1) => {
    columns[metric] ??= new Array<number | null>(rows).fill(null)
    columns[metric][row] = Number(value.toFixed(digits))
  }
  const times: number[] = []
  for (let row = 0; row < rows; row++) {
    const part = row / rows
    times.push(startMs + Math.round(part * 5_320_000))
    if (part > 0.45 && part < 0.46) continue
    const turn = 2 * Math.PI * part
    const climb = Math.sin(turn * 3) + 0.4 * Math.sin(turn * 11)
    if (part < 0.7 || part > 0.73) {
      set('latitude_deg', row, 47.25 + 0.035 * Math.sin(turn) + 0.004 * Math.sin(turn * 7), 7)
      set('longitude_deg', row, 8.7 + 0.08 * Math.cos(turn) + 0.006 * Math.cos(turn * 5) - 0.01 * part, 7)
    }
    set('speed_kmh', row, Math.max(0, 22 - 6 * climb + 3 * Math.sin(row / 7) + 2 * Math.sin(row * 1.7)))
    set('altitude_m', row, 430 + 60 * Math.sin(turn * 1.5) ** 2 + 18 * climb)
    set('rider_power_w', row, Math.max(0, 95 + 40 * climb + 25 * Math.sin(row * 0.9)))
    set('motor_power_w', row, Math.max(0, 140 + 110 * climb + 30 * Math.sin(row * 0.6)))
    if (row % 10 === 0) set('state_of_charge_pct', row, Math.round(94 - 50 * part))
  }
  return { rideId: 'ride-1', times, bucketMs: rows > 10_000 ? 0 : 5_320, columns }
}
