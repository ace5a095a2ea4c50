// Whoever sits at the operator's console.
import { userInfo } from 'node:os'

/** `console:root`; `console:root (eva)` for the name `eva`, where several people share an account. */
export function operator(name?: string): string {
  const user = `console:${userInfo().username}`
  return name === undefined ? user : `${user} (${name})`
}
