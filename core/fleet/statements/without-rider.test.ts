import { expect, test } from 'vitest'
import { finding } from '../judging/findings.ts'
import { made, sold } from '../testing/statements.ts'
import { findingWithoutRider, withoutRider } from './without-rider.ts'

test('a sale names nobody, and is itself left as it is', () => {
  const sale = sold('anna', 0)
  expect(withoutRider(sale).event.value).toEqual({ ...sale.event.value, riderId: '' })
  expect(sale.event.value).toMatchObject({ riderId: 'anna' })
})

test('what names no rider says what it said', () => {
  expect(withoutRider(made('BA1'))).toEqual(made('BA1'))
  const found = finding('serial_taken', 'battery:BA1', {
    detail: 'batch is B1',
    evidence: { 'said batch': 'B2' },
  })
  expect(findingWithoutRider(found)).toEqual(found)
})

test('a contradiction about riders tells that there is one, and not about whom', () => {
  const evidence = { 'said riderId': 'ben', 'known riderId': 'anna', 'said soldAt': '2026-03-02' }
  const found = finding('sources_contradict', 'frame:F1', { detail: 'riderId is anna, said: ben', evidence })
  expect(findingWithoutRider(found)).toEqual({
    ...found,
    detail: 'frame:F1: riders differ',
    evidence: { 'said soldAt': '2026-03-02' },
  })
})
