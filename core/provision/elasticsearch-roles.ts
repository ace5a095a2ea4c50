// What each user of Elasticsearch may do, as its security API and its file of roles take it. Users that it does not name may do
// nothing. Pure.
import { aliasName } from '../engines/elasticsearch/mapping.ts'
import { researchName } from '../engines/elasticsearch/research-mapping.ts'
import type { ServiceName } from '../services.ts'

/** Names that begin with `indices:` or `cluster:` are actions: the privileges that contain them also delete indices. */
interface ElasticsearchRole {
  readonly cluster: readonly string[]
  readonly indices: readonly { readonly names: readonly string[]; readonly privileges: readonly string[] }[]
}

type User =
  | Extract<ServiceName, 'search' | 'research-copy' | 'research-gateway' | 'rides' | 'tiers' | 'api'>
  | 'provision'

const health = 'cluster:monitor/health'
interface Rights {
  readonly cluster: readonly string[]
  readonly indices: readonly string[]
  /** Whose indices; those of telemetry when absent. */
  readonly of?: readonly ((namespace: string) => string)[]
}
const rights: Readonly<Record<User, Rights>> = {
  search: {
    cluster: [health],
    indices: [
      ...['create_doc', 'read', 'view_index_metadata'],
      ...['create', 'aliases', 'block/add', 'refresh'].map((action) => `indices:admin/${action}`),
    ],
  },
  'research-copy': {
    cluster: [health],
    indices: ['create_doc', 'delete', 'read', 'indices:admin/create', 'indices:admin/refresh'],
    of: [researchName],
  },
  'research-gateway': { cluster: [health], indices: ['read'], of: [researchName] },
  rides: {
    cluster: [health],
    // Erasures delete documents, from closed partitions and their files, too.
    indices: [
      ...['read', 'delete', 'view_index_metadata', 'indices:monitor/stats'],
      ...['block/add', 'flush', 'forcemerge', 'refresh', 'settings/update'].map(
        (action) => `indices:admin/${action}`,
      ),
    ],
  },
  api: { cluster: [health], indices: ['read'] },
  tiers: {
    cluster: [
      health,
      ...['repository/verify', 'snapshot/create', 'snapshot/delete', 'snapshot/get'].map(
        (action) => `cluster:admin/${action}`,
      ),
    ],
    indices: [
      ...['view_index_metadata', 'indices:monitor/segments', 'indices:monitor/stats'],
      ...['indices:admin/forcemerge', 'indices:admin/settings/update'],
    ],
  },
  provision: {
    cluster: ['manage_index_templates'],
    indices: ['view_index_metadata', 'indices:admin/mapping/put'],
    of: [aliasName, researchName],
  },
}

/** Of an installation with this namespace; `*` is any namespace but none. */
export function elasticsearchRoles(...namespaces: string[]): Readonly<Record<User, ElasticsearchRole>> {
  const roles = Object.entries(rights).map(([user, { cluster, indices: privileges, of = [aliasName] }]) => {
    const bases = of.flatMap((nameIn) => namespaces.map(nameIn))
    const names = bases.flatMap((base) => [base, `${base}-*`])
    return [user, { cluster, indices: [{ names, privileges }] }]
  })
  return Object.fromEntries(roles)
}
