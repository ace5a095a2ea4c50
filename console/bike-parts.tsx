// What pages show of a bike: its name, when it was seen, its charge, its range.
import type { Bike, LatestState, RangeAnswer } from './answers.ts'
import { metricOf } from './answers.ts'
import { ChargeBar, Interval, intervalText } from './figures.tsx'
import { ago, number } from './format.ts'

export const nameOf = ({ model, frameNumber }: Bike) =>
  model ?? (frameNumber ? `Bike ${frameNumber}` : 'Bike')

export function Seen({ state: { presence, groups } }: { readonly state: LatestState }) {
  const times = Object.values(groups).flatMap((group) => group?.eventAt ?? [])
  const seen = ago(times.length > 0 ? Math.max(...times) : undefined, Date.now())
  if (presence?.online)
    return (
      <p class="seen online" data-live="seen">
        Connected now
      </p>
    )
  return (
    <p class="seen" data-live="seen">
      {seen ? `Last seen ${seen}` : 'Not seen yet'}
    </p>
  )
}

export function Charge({ state }: { readonly state: LatestState }) {
  const chargePct = metricOf(state.groups.battery, 'state_of_charge_pct')
  return (
    <div class="hero">
      <p class="label">Battery</p>
      <p class="large">
        <strong data-live="charge">{number(chargePct) ?? '–'}</strong>
        <small> %</small>
      </p>
      <ChargeBar chargePct={chargePct} />
      {chargePct === undefined && (
        <p class="none" data-live="lacking">
          The charge is not available: the bike has not told it yet.
        </p>
      )}
    </div>
  )
}

const lacking: Readonly<Record<string, string>> = {
  charge: 'how full its battery is',
  capacity: 'how much the battery holds',
}

export function Range({ range }: { readonly range: RangeAnswer }) {
  if (range.status === 'not_enough_data') {
    const missing = range.missing.map((each) => lacking[each] ?? each).join(' and ')
    return (
      <div class="hero">
        <p class="label">Range</p>
        <p class="none">
          Not enough is known for an honest answer: {missing || 'data of the bike'}.{' '}
          {range.missing.includes('capacity') && 'It is learnt from your rides.'}
        </p>
      </div>
    )
  }
  return (
    <div class="hero">
      <p class="label">Range</p>
      <p class="large">
        <strong>{number(range.rangeKm.p50)}</strong>
        <small> km</small>
      </p>
      <Interval quantiles={range.rangeKm} />
      <p class="quiet">
        Most likely {intervalText(range.rangeKm)}. {basisOf(range)}
      </p>
    </div>
  )
}

function basisOf({ basis, ridesUsed }: RangeAnswer): string {
  if (basis !== 'personal') return 'From what other riders use; it becomes yours with your first rides.'
  return ridesUsed === 1 ? 'From one ride of yours.' : `From ${number(ridesUsed) ?? 'some'} rides of yours.`
}
