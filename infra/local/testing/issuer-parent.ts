// Starts the platform's lightest service and stays: for a test that kills this process and looks for its child.
import { startPlatform } from '../index.ts'

const [dataDir = ''] = process.argv.slice(2)
const platform = await startPlatform({
  env: {},
  dataDir,
  namespace: '',
  services: ['issuer'],
  onProgress: () => undefined,
})
process.send?.(platform.services.issuer.identity)
