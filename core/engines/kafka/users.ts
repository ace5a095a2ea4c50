// Users of Kafka: their passwords, and what each of them may do.
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Acl,
  AclOperations,
  AclPermissionTypes,
  Admin,
  alterUserScramCredentialsV0,
  ConnectionPool,
  ResourcePatternTypes,
  ResourceTypes,
  ScramMechanisms,
} from '@platformatic/kafka'
import { clientOptions, type KafkaCluster } from './client.ts'
import type { Access, KafkaUser } from './port.ts'

const types = {
  topic: ResourceTypes.TOPIC,
  group: ResourceTypes.GROUP,
  'transactional id': ResourceTypes.TRANSACTIONAL_ID,
} as const
const operations = {
  read: AclOperations.READ,
  write: AclOperations.WRITE,
  describe: AclOperations.DESCRIBE,
} as const

const iterations = 4_096
const knownWithinMs = 60_000

/**
 * Resolves when each of these users has its password and may do what is said of it, and nothing else; other users stay as they are.
 * May run at any time again. Rejects when Kafka does not know of it within a minute.
 */
export async function ensureUsers(cluster: KafkaCluster, users: readonly KafkaUser[]): Promise<void> {
  await setPasswords(cluster, users)
  const wanted = new Map(
    users
      .flatMap(({ name, may }) => may.map((access) => ruleOf(name, access)))
      .map((rule) => [keyOf(rule), rule]),
  )
  const admin = new Admin(clientOptions({ ...cluster, name: 'provision' }))
  try {
    // A rule is told some time after it was made, and made again it is the same rule.
    for (const deadlineMs = Date.now() + knownWithinMs; ; await delay(50)) {
      const present = new Map((await rulesOf(admin, users)).map((rule) => [keyOf(rule), rule]))
      const missing = [...wanted].filter(([key]) => !present.has(key)).map(([, rule]) => rule)
      const outdated = [...present].filter(([key]) => !wanted.has(key)).map(([, rule]) => rule)
      if (missing.length === 0 && outdated.length === 0) return
      if (Date.now() > deadlineMs)
        throw new Error(`Kafka tells ${missing.length} rules too few and ${outdated.length} too many`)
      if (missing.length > 0) await admin.createAcls({ creations: missing })
      if (outdated.length > 0) await admin.deleteAcls({ filters: outdated })
    }
  } finally {
    await admin.close()
  }
}

/** Connections that are open go on. */
async function setPasswords(cluster: KafkaCluster, users: readonly KafkaUser[]): Promise<void> {
  const pool = new ConnectionPool('provision', clientOptions({ ...cluster, name: 'provision' }))
  try {
    const brokers = cluster.brokers.map((broker) => {
      const { hostname, port } = new URL(`kafka://${broker}`)
      return { host: hostname, port: Number(port) }
    })
    const credentials = users.map(({ name, password }) => {
      const salt = randomBytes(32)
      const saltedPassword = pbkdf2Sync(password, salt, iterations, 64, 'sha512')
      return { name, mechanism: ScramMechanisms.SCRAM_SHA_512, iterations, salt, saltedPassword }
    })
    await alterUserScramCredentialsV0.api.async(await pool.getFirstAvailable(brokers), [], credentials)
  } finally {
    await pool.close()
  }
}

function ruleOf(user: string, { resource, name, prefix = false, operation }: Access): Acl {
  return {
    resourceType: types[resource],
    resourceName: name,
    resourcePatternType: prefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: operations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }
}

/** All that Kafka tells of these users. */
async function rulesOf(admin: Admin, users: readonly KafkaUser[]): Promise<Acl[]> {
  const principals = new Set(users.map(({ name }) => `User:${name}`))
  const resources = await admin.describeAcls({
    filter: {
      ...{ resourceType: ResourceTypes.ANY, resourcePatternType: ResourcePatternTypes.ANY },
      ...{ operation: AclOperations.ANY, permissionType: AclPermissionTypes.ANY },
      ...{ resourceName: null, principal: null, host: null },
    },
  })
  return resources
    .flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...acl, ...resource })))
    .filter(({ principal }) => principals.has(principal))
}

function keyOf(rule: Acl): string {
  const { resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType } = rule
  return JSON.stringify([
    ...[resourceType, resourceName, resourcePatternType],
    ...[principal, host, operation, permissionType],
  ])
}
