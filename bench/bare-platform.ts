// A namespace with everything provisioned and no worker: benchmarks bring their own processes.
import { openTestPlatform, type TestPlatform } from '../testkit/platform/platform.ts'
import type { EngineAddresses } from '../testkit/with-engines.ts'

export async function openBarePlatform(
  engines: EngineAddresses,
  onProgress: (line: string) => void,
): Promise<TestPlatform> {
  // A platform without any worker would not be provisioned.
  const platform = await openTestPlatform({ engines, services: ['quarantine'], onProgress })
  platform.services.quarantine.kill('SIGTERM')
  return platform
}
