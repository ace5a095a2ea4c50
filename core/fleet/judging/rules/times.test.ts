import { test } from 'vitest'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import { bike, bikeIds, day, madeMs, nowMs, withMotor } from '../../testing/rule-case.ts'
import { at, built, delivered, made, model, renewed, sold } from '../../testing/statements.ts'

const hourMs = 3_600_000
const wasDelivered = {
  ...withMotor,
  bikes: [bike('new', { frameNumber: undefined, deliveredAtMs: madeMs + day })],
}

const firstMs = Date.UTC(2010, 0, 1)
const implausibleTwice = ['time_implausible', 'time_implausible']
const olderBattery = made('BA1', { producedAt: at(madeMs - 20 * day) })
const registered = (facts: object) => ({
  ...withMotor,
  bikes: [bike('new', { frameNumber: undefined, ...facts })],
})
const byHand = registered({})
const wasOwned = registered({ ownedSinceMs: madeMs + day })

test.each<RuleCase>([
  ['a clock that is an hour ahead', made('BA9', { producedAt: at(nowMs + hourMs) }), ['time_in_future']],
  ['a clock that is a minute ahead', made('BA9', { producedAt: at(nowMs + 60_000) }), []],
  ['a clock a quarter of an hour ahead', made('BA9', { producedAt: at(nowMs + 15 * 60_000) }), []],
  ['… and a millisecond', made('BA9', { producedAt: at(nowMs + 15 * 60_000 + 1) }), ['time_in_future']],
  ['a sale in the future', sold('anna', nowMs + day), ['time_in_future']],
  ['the first e-bike with modules', made('BA9', { producedAt: at(firstMs) }), []],
  ['… and one before', made('BA9', { producedAt: at(firstMs - 1) }), ['time_implausible']],
  ['a model before all e-bikes', model([], { producedFrom: at(0), producedUntil: at(1) }), implausibleTwice],
  ['a model whose end is announced', model([], { producedUntil: at(nowMs + 900 * day) }), []],
  [
    'a known bike that is said to be older',
    built({ bikeId: bikeIds.anna, frameNumber: 'F-ANNA', parts: [], producedAt: at(madeMs - 3 * day) }),
    ['sources_contradict'],
  ],
  ['a known component that is said to be older', olderBattery, ['serial_taken']],
  ['a component made new before it was made', renewed('BA2', madeMs - 20 * day), ['order_of_times']],
  ['… a day before', renewed('BA2', madeMs - 11 * day), ['order_of_times']],
  ['… less than a day before', renewed('BA2', madeMs - 11 * day + 1), []],
  [
    'production of a bike that was somebody’s by then',
    built({ producedAt: at(madeMs + 20 * day) }),
    [],
    wasOwned,
  ],
  ['a bike that was registered by hand', built({ producedAt: at(madeMs + 20 * day) }), [], byHand],
  ['a clock that begins to count', made('BA9', { producedAt: at(0) }), ['time_implausible']],
  ['a model that is announced', model([], { producedFrom: at(nowMs + 90 * day) }), []],
  ['a delivery before production', delivered(madeMs - 3 * day), ['order_of_times']],
  ['a delivery on the day of production', delivered(madeMs - hourMs), []],
  [
    'a bike older than its two parts',
    built({ producedAt: at(madeMs - 20 * day) }),
    ['order_of_times', 'order_of_times'],
    withMotor,
  ],
  [
    'production after delivery',
    built({ producedAt: at(madeMs + 20 * day) }),
    ['order_of_times'],
    wasDelivered,
  ],
  ['production on the day of delivery', built({ producedAt: at(madeMs + day + hourMs) }), [], wasDelivered],
])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))
