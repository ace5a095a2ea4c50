// Settings of bikes over a store: for those who ask for and change them, and for what bikes report.
import { planReport, planWish, type SettingsOutcome } from './plan.ts'
import type { SettingsOfBikes, SettingsReport, SettingsStore } from './port.ts'

export function createSettings(store: Pick<SettingsStore, 'of' | 'change'>): SettingsOfBikes {
  return {
    of: store.of,
    wish: async (wish) => (await store.change(wish.bikeId, (known) => planWish(known, wish))).outcome,
  }
}

export async function takeReport(
  store: Pick<SettingsStore, 'change'>,
  bikeId: string,
  report: SettingsReport,
): Promise<SettingsOutcome> {
  return (await store.change(bikeId, (known) => planReport(known, report))).outcome
}
