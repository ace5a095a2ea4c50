// Numbers and times as riders read them. Every function gives undefined for what is not there. Pure.

const locale = 'en-GB'

/** `number(1234.56, 1)` → `1,234.6` */
export function number(value: number | undefined, digits = 0): string | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined
  return value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Metres as kilometres: `12.3`, and from 100 km on without the tenth. */
export function kilometres(metres: number | undefined): string | undefined {
  return metres === undefined ? undefined : number(metres / 1_000, metres < 99_950 ? 1 : 0)
}

/** Seconds as hours and minutes, minutes, or seconds: `{ value: '1:05', unit: 'h' }`, `{ value: '24', unit: 'min' }`. */
export function spent(seconds: number | undefined): { value: string | undefined; unit?: string } {
  if (seconds === undefined || !(seconds >= 0) || seconds > 1e9) return { value: undefined }
  if (seconds < 59.5) return { value: `${Math.round(seconds)}`, unit: 's' }
  const minutes = Math.round(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (hours === 0) return { value: `${minutes}`, unit: 'min' }
  return { value: `${hours}:${String(minutes % 60).padStart(2, '0')}`, unit: 'h' }
}

/** The same in one: `1:05 h`. */
export function duration(seconds: number | undefined): string | undefined {
  const { value, unit } = spent(seconds)
  return value && `${value} ${unit}`
}

/** `Sat 14 March 2026` in that time zone. */
export function day(ms: number | undefined, zone: string): string | undefined {
  return shown(ms, { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric', timeZone: zone })
}

/** `Sat 14 Mar`, where month and year are told already. */
export function shortDay(ms: number | undefined, zone: string): string | undefined {
  return shown(ms, { weekday: 'short', day: 'numeric', month: 'short', timeZone: zone })
}

/** `March 2026` */
export function month(ms: number | undefined, zone: string): string | undefined {
  return shown(ms, { month: 'long', year: 'numeric', timeZone: zone })
}

/** `17:05` */
export function clock(ms: number | undefined, zone: string): string | undefined {
  return shown(ms, { hour: '2-digit', minute: '2-digit', timeZone: zone })
}

/** `14 Mar` of a calendar day such as `2026-03-14`. */
export function shortDate(date: string): string {
  return shown(Date.parse(date), { day: 'numeric', month: 'short', timeZone: 'UTC' }) ?? date
}

function shown(ms: number | undefined, options: Intl.DateTimeFormatOptions): string | undefined {
  // Times beyond are no dates to JavaScript.
  if (ms === undefined || !(Math.abs(ms) <= 8.64e15)) return undefined
  return new Intl.DateTimeFormat(locale, options).format(ms).replace(',', '')
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `3 hours ago`, `yesterday`, `just now`. A time ahead is `just now`: clocks differ. */
export function ago(ms: number | undefined, nowMs: number): string | undefined {
  if (ms === undefined || !Number.isFinite(ms)) return undefined
  const [unit, length] = units.find(([, long]) => nowMs - ms >= long) ?? []
  if (unit === undefined || length === undefined) return 'just now'
  const count = Math.floor((nowMs - ms) / length)
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-count, unit)
}
