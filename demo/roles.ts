// The parts that rides play: which phone recorded them, when, and what the rider allowed.
import { createPhone, type Phone, type Series, shiftSeries } from '../simulator/index.ts'

export const roles = [
  'fast',
  'stuck',
  'late',
  'unregistered',
  'failing',
  'seconds',
  'doubled',
  'honest',
] as const
export type Role = (typeof roles)[number]

/** What each part shows, for the table. */
export const roleTitles: Readonly<Record<Role, string>> = {
  fast: 'phone three days fast',
  stuck: 'phone stuck in 2019',
  late: 'uploaded eight months late',
  unregistered: 'bike registered later',
  failing: 'sensors fail, a new display',
  seconds: 'seconds sent as milliseconds',
  doubled: 'two recorders at once',
  honest: '',
}

const consents = ['always', 'recent', 'never', 'withdrawn'] as const
export type Consent = (typeof consents)[number]

const day = 86_400_000
const second = 1_000

/** `recent` is a consent from this moment on: it covers today's rides and none of eight months ago. */
export function recentConsentMs(nowMs: number): number {
  return nowMs - 30 * day
}

/** The late rider agreed only last month; of the others a third never did, or does no longer. */
export function consentOf(role: Role, index: number): Consent {
  if (role === 'late') return 'recent'
  if (role !== 'honest') return 'always'
  return (['always', 'never', 'always', 'always', 'withdrawn', 'always'] as const)[index % 6] as Consent
}

/** Moves a ride so that it ended shortly before now; the late one eight months earlier. */
export function placeInTime(
  series: readonly Series[],
  of: { role: Role; index: number; nowMs: number },
): Series[] {
  const endMs = Math.max(...series.map(({ timesMs }) => timesMs.at(-1) ?? 0))
  const wantedMs = of.nowMs - (30 + 2 * of.index) * second
  // Whole seconds, so that times keep the look of their recording.
  const shiftMs = Math.round((monthsEarlier(wantedMs, of.role === 'late' ? 8 : 0) - endMs) / second) * second
  return series.map((one) => shiftSeries(one, shiftMs))
}

function monthsEarlier(timeMs: number, months: number): number {
  const date = new Date(timeMs)
  date.setUTCMonth(date.getUTCMonth() - months)
  return date.getTime()
}

/** The clocks of the phone that recorded a ride between two true times. */
export function phoneOf(role: Role, ride: { startMs: number; endMs: number }): Phone {
  const { startMs, endMs } = ride
  const usual = { bootedAtMs: startMs - 3 * day, bootId: 41, wrongByMs: 0, events: [] }
  switch (role) {
    // Restarted after the ride: the monotonic clocks no longer compare, what remains is the time it claims to send at.
    case 'fast':
      return createPhone({
        ...usual,
        wrongByMs: 3 * day,
        events: [{ type: 'reboot', atMs: endMs + 5 * second }],
      })
    // Its battery was empty: it woke up at the beginning of 2019 and counts from there.
    case 'stuck': {
      const bootedAtMs = startMs - 3_600 * second
      return createPhone({ ...usual, bootedAtMs, wrongByMs: Date.UTC(2019, 0, 1) - bootedAtMs })
    }
    case 'late':
      return createPhone({ ...usual, events: [{ type: 'reboot', atMs: endMs + day }] })
    case 'unregistered':
    case 'failing':
    case 'seconds':
    case 'doubled':
    case 'honest':
      return createPhone(usual)
  }
}

/** The rule by which the platform should judge the phone's clock. */
export const expectedRule: Readonly<Record<Role, string>> = {
  fast: 'sent_at',
  stuck: 'monotonic',
  late: 'sent_at',
  unregistered: 'monotonic',
  failing: 'monotonic',
  seconds: 'none',
  doubled: 'monotonic',
  honest: 'monotonic',
}
