// Decides what becomes of a bike's settings: of a wish of its owner, and of a report of the bike. Versions decide. Pure.
import type { BikeSettings, KnownSettings, SettingsPlan, SettingsReport, Wish, WishOutcome } from './port.ts'
import type { SettingsValues } from './values.ts'

/** Of a bike of which nothing is known yet. */
export const noSettings: BikeSettings = {
  version: 0,
  sinceVersion: 0,
  desired: undefined,
  reported: undefined,
  agreedAtMs: undefined,
}

/** The bike has yet to report that it has what is wished. */
export const isPending = ({ version, desired, reported }: BikeSettings): boolean =>
  desired !== undefined && reported?.version !== version

/** `{version: 3, reported: {version: 3, localChanges: 1}}  →  "3.1"`: another one whenever what is wished has changed. */
export const tagOf = ({ version, reported }: BikeSettings): string =>
  `"${version}.${reported?.version === version ? reported.localChanges : 0}"`

interface WishPlan extends SettingsPlan {
  readonly outcome: WishOutcome
}

/** The same wish again changes nothing, whatever its tag: its first answer may have been lost. */
export function planWish(known: KnownSettings, { riderId, values, isAbout }: Omit<Wish, 'bikeId'>): WishPlan {
  const refused = (outcome: 'not_owner' | 'contested' | 'changed'): WishPlan => ({
    outcome: { outcome },
    isDue: false,
  })
  if (known.ownerId !== riderId) return refused('not_owner')
  if (known.isContested) return refused('contested')
  if (known.desired !== undefined && isSame(known.desired.values, values)) {
    return { outcome: { outcome: 'unchanged', settings: known }, isDue: false }
  }
  if (!isAbout(tagOf(known))) return refused('changed')
  const { sinceVersion, reported, agreedAtMs, nowMs } = known
  const desired = { values, atMs: nowMs }
  const settings = { version: known.version + 1, sinceVersion, desired, reported, agreedAtMs }
  return { outcome: { outcome: 'wished', settings }, settings, isDue: true }
}

/** What came of a report: the bike has what is wished, or was changed by hand, or is behind, or ahead of the platform. */
export type SettingsOutcome = 'agreed' | 'changed_at_bike' | 'repeated' | 'stale' | 'ahead'

interface ReportPlan extends SettingsPlan {
  readonly outcome: SettingsOutcome
}

/**
 * A report based on the newest version is how the bike is: a change at the bike becomes what is wished. One based on an older
 * version is stale: the newest is handed over again, and undoes what was changed at the bike meanwhile. One based on a version
 * that was never given (a database was restored) makes the platform count on from there.
 *
 * Version 3, report `{version: 3, localChanges: 1, values: {assistLevel: 4}}` → wished is assistLevel 4; report `{version: 2, …}` →
 * `stale`, version 3 is due.
 */
export function planReport(known: KnownSettings, report: SettingsReport): ReportPlan {
  const { version, sinceVersion, desired, reported, agreedAtMs, nowMs } = known
  const isDue = desired !== undefined
  if (report.version > version) {
    const counted = { version: report.version + 1, sinceVersion, desired, reported, agreedAtMs }
    return { outcome: 'ahead', settings: counted, isDue }
  }
  const heard = { ...report, atMs: nowMs }
  if (report.version < version) {
    const settings = { version, sinceVersion, desired, reported: heard, agreedAtMs }
    return { outcome: 'stale', ...(report.version >= sinceVersion && { settings }), isDue }
  }
  const before = reported?.version === version ? reported.localChanges : 0
  if (report.localChanges < before) return { outcome: 'repeated', isDue: false }
  const isChange = report.localChanges > before
  const settings = {
    ...{ version, sinceVersion, reported: heard, agreedAtMs: nowMs },
    desired: desired && isChange ? { values: { ...desired.values, ...report.values }, atMs: nowMs } : desired,
  }
  return { outcome: isChange ? 'changed_at_bike' : 'agreed', settings, isDue: false }
}

function isSame(a: SettingsValues, b: SettingsValues): boolean {
  const keys = [...Object.keys(a), ...Object.keys(b)] as (keyof SettingsValues)[]
  return keys.every((key) => a[key] === b[key])
}
