import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Collects now what nothing refers to, so that a measured memory is held memory. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}
