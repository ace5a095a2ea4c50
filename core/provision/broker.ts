// Brings the broker of devices to what this version needs, then ends: queues and policies. May be run again any time.

import { provisionBroker } from '../engines/rabbitmq/index.ts'
import { runCommand } from '../runtime/command-line/run-command.ts'
import { readConfig } from '../runtime/config.ts'
import { createLog } from '../runtime/service.ts'

const usage = `\
Usage:
  node core/provision/broker.ts     makes queues and policies that are missing; settings as of the services`

async function provision(): Promise<void> {
  const config = readConfig(['LOG_LEVEL', 'RABBITMQ_MANAGEMENT_URL'])
  const log = createLog('provision-broker', config.LOG_LEVEL)
  try {
    await provisionBroker({ managementUrl: config.RABBITMQ_MANAGEMENT_URL })
    log.info('queues and policies are in place')
  } catch (error) {
    log.fatal({ err: error }, 'provisioning failed')
    process.exitCode = 1
  }
}

await runCommand({ usage, read: () => undefined, obey: provision })
