// The account of a program that reads the research stream, with the rights that docs/research-stream.md lists: no more, no less.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Acl,
  AclOperations,
  AclPermissionTypes,
  Admin,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka'
import { clientOptions, type KafkaCluster } from '../core/engines/kafka/client.ts'
import { ensureUsers } from '../core/engines/kafka/users.ts'
import { type Topic, topicName } from '../core/topics.ts'

const types = {
  topics: ResourceTypes.TOPIC,
  group: ResourceTypes.GROUP,
  'transactional ids': ResourceTypes.TRANSACTIONAL_ID,
} as const
const operations = {
  Read: AclOperations.READ,
  Write: AclOperations.WRITE,
  Create: AclOperations.CREATE,
  Describe: AclOperations.DESCRIBE,
  DescribeConfigs: AclOperations.DESCRIBE_CONFIGS,
} as const

interface Reader {
  readonly name: string
  readonly password: string
  /** Stands before the platform's topics; '' for none. */
  readonly namespace: string
}

/** Throws an Error when the guide lists a right that Kafka does not know. */
export async function makeReader(cluster: KafkaCluster, reader: Reader): Promise<void> {
  await ensureUsers(cluster, [{ name: reader.name, password: reader.password, may: [] }])
  const guide = await readFile(join(import.meta.dirname, '../docs/research-stream.md'), 'utf8')
  const admin = new Admin(clientOptions({ ...cluster, name: 'test' }))
  try {
    await admin.createAcls({ creations: rulesIn(guide, reader) })
  } finally {
    await admin.close()
  }
}

/** Rows such as: | topics `mine.*`, `changelog__mine*` | Read, Write | */
function rulesIn(guide: string, reader: Reader): Acl[] {
  const rows = [...guide.matchAll(/^\| (topics|group|transactional ids) (`.*`) +\| (.*?) +\|$/gm)]
  if (rows.length === 0) throw new Error('the guide lists no rights')
  return rows.flatMap(([, type = '', names = '', verbs = '']) =>
    [...names.matchAll(/`([^`*]+)(\*?)`/g)].flatMap(([, resourceName = '', star]) =>
      verbs.split(', ').map((verb) => ({
        resourceType: known(types, type),
        resourceName: nameFor(reader, resourceName),
        resourcePatternType: star ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
        ...{ principal: `User:${reader.name}`, host: '*' },
        operation: known(operations, verb),
        permissionType: AclPermissionTypes.ALLOW,
      })),
    ),
  )
}

function nameFor({ name, namespace }: Reader, listed: string): string {
  if (listed.startsWith('analytics.')) return topicName(namespace, listed as Topic)
  return listed.replace('mine', name)
}

function known<T extends number>(names: Readonly<Record<string, T>>, name: string): T {
  const found = names[name]
  if (found === undefined) throw new Error(`the guide lists ${name}, which Kafka does not know`)
  return found
}
