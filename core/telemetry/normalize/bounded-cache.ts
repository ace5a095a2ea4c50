// A cache of limited size that forgets what was not used for longest.

export interface BoundedCache<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
}

export function createBoundedCache<V>(limit: number): BoundedCache<V> {
  const entries = new Map<string, V>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > limit) entries.delete(entries.keys().next().value as string)
    },
  }
}
