// Wakes everybody who waits for any change; they look themselves whether it was theirs.

export interface Notifier {
  notify(): void
  /** Resolves at the next notification. */
  next(): Promise<void>
}

export function createNotifier(): Notifier {
  let waiting = Promise.withResolvers<void>()
  return {
    notify() {
      const { resolve } = waiting
      waiting = Promise.withResolvers()
      resolve()
    },
    next: () => waiting.promise,
  }
}
