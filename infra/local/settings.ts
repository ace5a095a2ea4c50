// The few settings of the local platform that come from the environment.
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryDir = fileURLToPath(new URL('../..', import.meta.url))

/** Downloads outlive the clone, so that a second clone starts without the network. */
export const cacheDir = (): string =>
  resolve(process.env.MOBILITY_CACHE_DIR ?? join(homedir(), '.cache', 'micro-mobility-cloud'))

/** Kafka's data that was made without passwords is of no use with them, so the secure stack has its own. */
export const defaultDataDir = (secure = false): string =>
  join(repositoryDir, '.data', ...(secure ? ['secure'] : []))
