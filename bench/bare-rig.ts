// A namespace with everything provisioned and no worker: benchmarks bring their own processes.
import { openRig, type Rig } from '../testkit/platform/platform.ts'
import type { EngineAddresses } from './engines.ts'

export async function openBareRig(
  engines: EngineAddresses,
  onProgress: (line: string) => void,
): Promise<Rig> {
  // A platform without any worker would not be provisioned.
  const rig = await openRig({ engines, services: ['quarantine'], onProgress })
  rig.services.quarantine.kill('SIGTERM')
  return rig
}
