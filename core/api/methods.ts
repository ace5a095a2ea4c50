// The methods of a path, for the answer to those it does not take.
import type { RouterRoute } from 'hono/types'

/** Empty when nothing is served there. Middleware, which takes all methods, does not count. */
export function methodsAt(routes: readonly RouterRoute[], path: string): string[] {
  const served = routes.filter(({ method, path: pattern }) => method !== 'ALL' && fits(pattern, path))
  const methods = new Set(served.map(({ method }) => method))
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods].sort()
}

function fits(pattern: string, path: string): boolean {
  const [expected, given] = [pattern.split('/'), path.split('/')]
  return (
    expected.length === given.length &&
    expected.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]))
  )
}
