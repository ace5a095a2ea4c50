import { expect, test } from 'vitest'
import { services } from '../services.ts'
import { topicLayouts } from '../topics.ts'
import { accessOf, kafkaAccounts } from './kafka-access.ts'

const linesOf = (name: string, namespace = '') =>
  kafkaAccounts
    .filter((account) => account.name === name)
    .flatMap((account) => accessOf(account, namespace))
    .map(({ operation, resource, name, prefix }) => `${operation} ${resource} ${name}${prefix ? '*' : ''}`)

test('who reads may read its topics and its own group, and write nothing', () => {
  expect(linesOf('ledger')).toEqual(['read topic telemetry.outcomes', 'read group ledger'])
})

test('who only writes needs no group and no transactions', () => {
  expect(linesOf('edge', 'demo')).toEqual(['write topic demo.telemetry.raw'])
})

test('who publishes a compacted topic writes it by transactions of its own', () => {
  expect(linesOf('fleet', 'demo')).toEqual([
    ...['read topic demo.manufacturing.events', 'read group demo.fleet'],
    ...['write topic demo.bike.entity', 'write topic demo.manufacturing.quarantine'],
    ...['write transactional id demo.fleet-*', 'write transactional id demo.bike.entity.publication'],
  ])
})

test('nobody may do more than the topics of its row, its group and its transactions', () => {
  const names = kafkaAccounts.flatMap(({ name, reads, writes }) => [
    ...[...reads, ...writes].filter((place) => place in topicLayouts).map((topic) => `demo.${topic}`),
    ...[`demo.${name}`, `demo.${name}-`],
    ...writes.map((topic) => `demo.${topic}.publication`),
  ])
  const given = kafkaAccounts.flatMap((account) => accessOf(account, 'demo')).map(({ name }) => name)
  expect(given.filter((name) => !names.includes(name))).toEqual([])
})

test('whoever writes or reads a topic has an account', () => {
  const users = services
    .filter(({ reads, writes }) => [...reads, ...writes].some((place) => place in topicLayouts))
    .map(({ name }) => name)
  expect(kafkaAccounts.map(({ name }) => name)).toEqual(expect.arrayContaining(['edge', ...users]))
})
