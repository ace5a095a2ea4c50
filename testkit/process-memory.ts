// How much memory the platform's processes take, from the kernel's books (Linux).
import { readFileSync } from 'node:fs'

/**
 * Mebibytes of each process (proportional set size: pages that several share count in parts), by the service in it, `core`
 * where there are several. Empty where the kernel does not tell.
 *
 * @example memoryOf({ edge: { pid: 7 }, search: { pid: 8 }, latest: { pid: 8 } }) // { edge: 101.2, core: 240.5 }
 */
export function memoryOf(
  services: Readonly<Record<string, { readonly pid: number }>>,
): Record<string, number> {
  const names = Map.groupBy(Object.keys(services), (name) => services[name]?.pid ?? 0)
  return Object.fromEntries(
    [...names].flatMap(([pid, [first = '', ...others]]) => {
      const mebibytes = proportionalMebibytes(pid)
      return mebibytes === undefined ? [] : [[others.length > 0 ? 'core' : first, mebibytes] as const]
    }),
  )
}

function proportionalMebibytes(pid: number): number | undefined {
  try {
    const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1_024
  } catch {
    return undefined
  }
}
