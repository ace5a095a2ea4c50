import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type CommandEvent,
  type CommandState,
  finalStates,
  isFinal,
  reportStages,
  transition,
} from './life-cycle.ts'

const sent: CommandEvent = { type: 'sent' }
const elapsed: CommandEvent = { type: 'elapsed' }
const [acknowledged, executed, rejected, expired, failed] = reportStages.map(
  (stage): CommandEvent => ({ type: 'reported', stage }),
) as [CommandEvent, CommandEvent, CommandEvent, CommandEvent, CommandEvent]

const ended: CommandEvent = { type: 'ended' }

const moved = (state: CommandState) => ({ effect: 'moved', state })
const ignored = (reason: string) => ({ effect: 'ignored', reason })

test.each<[CommandState, CommandEvent, object]>([
  ['queued', sent, moved('sent')],
  ['queued', acknowledged, moved('acknowledged')],
  ['queued', executed, moved('executed')],
  ['queued', elapsed, moved('expired')],
  ['queued', ended, moved('failed')],
  ['sent', ended, moved('failed')],
  ['acknowledged', ended, moved('failed')],
  ['executed', ended, ignored('final')],
  ['failed', ended, ignored('repeated')],
  ['sent', sent, ignored('repeated')],
  ['sent', acknowledged, moved('acknowledged')],
  ['sent', executed, moved('executed')],
  ['sent', rejected, moved('rejected')],
  ['sent', expired, moved('expired')],
  ['sent', failed, moved('failed')],
  ['sent', elapsed, moved('expired')],
  ['acknowledged', sent, ignored('superseded')],
  ['acknowledged', acknowledged, ignored('repeated')],
  ['acknowledged', executed, moved('executed')],
  ['acknowledged', failed, moved('failed')],
  ['acknowledged', elapsed, moved('expired')],
  ['executed', executed, ignored('repeated')],
  ['executed', sent, ignored('final')],
  ['executed', acknowledged, ignored('final')],
  ['executed', failed, ignored('final')],
  ['executed', elapsed, ignored('final')],
  ['rejected', executed, ignored('final')],
  ['failed', executed, ignored('final')],
  ['expired', sent, ignored('final')],
  ['expired', acknowledged, ignored('final')],
  ['expired', elapsed, ignored('repeated')],
  ['expired', expired, ignored('repeated')],
  ['expired', executed, { effect: 'noted', reported: 'executed' }],
  ['expired', rejected, { effect: 'noted', reported: 'rejected' }],
])('%s, then %o', (state, event, outcome) => {
  expect(transition(state, event)).toEqual(outcome)
})

test('a bike that reports the end of a command after the platform ended it changes its history only', () => {
  expect(transition('failed', executed, true)).toEqual({ effect: 'noted', reported: 'executed' })
  expect(transition('failed', rejected, true)).toEqual({ effect: 'noted', reported: 'rejected' })
  expect(transition('failed', acknowledged, true)).toEqual(ignored('final'))
  expect(transition('failed', failed, true)).toEqual(ignored('repeated'))
})

const anyEvent = fc.constantFrom(
  sent,
  elapsed,
  ended,
  ...reportStages.map((stage): CommandEvent => ({ type: 'reported', stage })),
)

test('whatever comes in whatever order, a final state stays, and a state is never entered twice', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
      const entered: CommandState[] = ['queued']
      for (const event of events) {
        const outcome = transition(entered.at(-1) as CommandState, event)
        if (outcome.effect === 'moved') entered.push(outcome.state)
      }
      expect(new Set(entered).size).toBe(entered.length)
      expect(entered.slice(0, -1).some(isFinal)).toBe(false)
    }),
  )
})

test('the final states are those that end a life', () => {
  expect(finalStates.every(isFinal)).toBe(true)
})
