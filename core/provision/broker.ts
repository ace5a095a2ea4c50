// Brings the broker of devices to what this version needs, then ends: queues and policies. May be run again any time.

import { provisionBroker } from '../engines/rabbitmq/index.ts'
import { readConfig } from '../runtime/config.ts'
import { createLog } from '../runtime/service.ts'

const config = readConfig(['LOG_LEVEL', 'RABBITMQ_MANAGEMENT_URL'])
const log = createLog('provision-broker', config.LOG_LEVEL)
try {
  await provisionBroker({ managementUrl: config.RABBITMQ_MANAGEMENT_URL })
  log.info('queues and policies are in place')
} catch (error) {
  log.fatal({ err: error }, 'provisioning failed')
  process.exitCode = 1
}
