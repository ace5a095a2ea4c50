import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { services } from '../../core/services.ts'
import { servicesFile, servicesJson, taskRows } from './render-services.ts'

test('generated/services.json is what the table of services says (else: node infra/terraform/render-services.ts)', () => {
  expect(readFileSync(servicesFile, 'utf8')).toBe(servicesJson())
})

test('each service has a row, and so have the edge and what provisions', () => {
  const names = ['edge', ...services.map(({ name }) => name), 'provision', 'provision-broker']
  expect(Object.keys(taskRows())).toEqual(names)
})

test('a process reaches the engines that its settings name, and gets its secrets as such', () => {
  expect(taskRows().commands).toMatchObject({
    engines: ['rabbitmq', 'postgres'],
    secrets: [
      'AMQP_URL',
      'COMMAND_SIGNING_CERTIFICATE_FILE',
      'COMMAND_SIGNING_KEY_FILE',
      'COMMAND_SIGNING_PASSPHRASE_FILE',
      'DATABASE_URL',
      'RABBITMQ_MANAGEMENT_URL',
    ],
    files: [
      'COMMAND_SIGNING_CERTIFICATE_FILE',
      'COMMAND_SIGNING_KEY_FILE',
      'COMMAND_SIGNING_PASSPHRASE_FILE',
    ],
    forDevices: true,
  })
  expect(taskRows().edge?.required).toEqual(['JWKS_URL', 'JWT_AUDIENCE', 'JWT_ISSUER', 'KAFKA_BROKERS'])
})

test('no two listeners share a port: a rule for one opens no other', () => {
  const ports = Object.values(taskRows()).flatMap(({ port }) => port ?? [])
  expect(ports.length).toBe(5)
  expect(new Set(ports).size).toBe(ports.length)
})
