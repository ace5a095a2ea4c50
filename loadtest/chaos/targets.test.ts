import { expect, test } from 'vitest'
import { chooseTargets, targetNames } from './targets.ts'

test('services and engines may suffer, but not the issuer', () => {
  expect(targetNames).toEqual(expect.arrayContaining(['edge', 'commands', 'kafka', 'rabbitmq']))
  expect(targetNames).not.toContain('issuer')
})

test('all that is present suffers, or what was asked for', () => {
  expect(chooseTargets(['issuer', 'kafka', 'edge'])).toEqual(['edge', 'kafka'])
  expect(chooseTargets(['issuer', 'kafka', 'edge'], ['kafka'])).toEqual(['kafka'])
})

test.each(['serach', 'issuer', 'search'])('%s cannot suffer where it is not', (name) => {
  expect(() => chooseTargets(['issuer', 'kafka', 'edge'], ['kafka', name])).toThrow(
    `nothing here is named ${name}; there are edge, kafka`,
  )
})
