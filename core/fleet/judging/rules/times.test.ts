import { test } from 'vitest'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import { bike, day, madeMs, nowMs, withMotor } from '../../testing/rule-case.ts'
import { at, built, delivered, made, model } from '../../testing/statements.ts'

const hourMs = 3_600_000
const wasDelivered = {
  ...withMotor,
  bikes: [bike('new', { frameNumber: undefined, deliveredAtMs: madeMs + day })],
}

test.each<RuleCase>([
  ['a clock that is an hour ahead', made('BA9', { producedAt: at(nowMs + hourMs) }), ['time_in_future']],
  ['a clock that is a minute ahead', made('BA9', { producedAt: at(nowMs + 60_000) }), []],
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
