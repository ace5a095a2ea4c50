// Brings the broker of devices to what this version needs, then ends: queues, policies and users of services. May be run again any time.

import { type BrokerUser, provisionBroker, provisionBrokerUsers } from '../engines/rabbitmq/index.ts'
import { runCommand } from '../runtime/command-line/run-command.ts'
import { environmentOf, readConfig } from '../runtime/config.ts'
import { createLog } from '../runtime/service.ts'
import { type BrokerAccount, brokerAccounts } from './broker-accounts.ts'

const usage = `\
Usage:
  node core/provision/broker.ts     makes queues and policies that are missing; settings as of the services`

async function provision(): Promise<void> {
  const config = readConfig(['LOG_LEVEL', 'RABBITMQ_MANAGEMENT_URL'])
  const log = createLog('provision-broker', config.LOG_LEVEL)
  try {
    const { RABBITMQ_MANAGEMENT_URL: managementUrl } = config
    await provisionBroker({ managementUrl })
    log.info('queues and policies are in place')
    const users = usersBeside(managementUrl)
    await provisionBrokerUsers({ managementUrl }, users)
    log.info({ users: users.map(({ name }) => name) }, 'users are in place')
  } catch (error) {
    log.fatal({ err: error }, 'provisioning failed')
    process.exitCode = 1
  }
}

/** The accounts with which services come; who comes with that of provisioning itself keeps what that may do. */
function usersBeside(managementUrl: string): BrokerUser[] {
  const own = new URL(managementUrl).username
  return (Object.keys(brokerAccounts) as BrokerAccount[]).flatMap((service) => {
    const environment = environmentOf(service)
    if (environment.RABBITMQ_MANAGEMENT_URL === managementUrl) return []
    const config = readConfig(['AMQP_URL', 'RABBITMQ_MANAGEMENT_URL'], environment)
    const { amqp, management } = brokerAccounts[service]
    return [
      { ...loginOf(config.AMQP_URL), ...amqp },
      { ...loginOf(config.RABBITMQ_MANAGEMENT_URL), ...management },
    ].filter(({ name }) => name !== own)
  })
}

function loginOf(url: string): { name: string; password: string } {
  const { username, password } = new URL(url)
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) }
}

await runCommand({ usage, read: () => undefined, obey: provision })
