// The three functions of the metadata proposal that tsyringe, the container inside @peculiar/x509, asks Reflect for.

type Metadata = Map<unknown, unknown>
const known = new WeakMap<object, Metadata>()

function getOwnMetadata(key: unknown, target: object): unknown {
  return known.get(target)?.get(key)
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    if (known.get(at)?.has(key)) return getOwnMetadata(key, at)
  }
  return undefined
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const metadata = known.get(target) ?? new Map()
  known.set(target, metadata.set(key, value))
}

// A whole polyfill that somebody else loaded stays in place.
if (!('getMetadata' in Reflect)) Object.assign(Reflect, { getOwnMetadata, getMetadata, defineMetadata })
