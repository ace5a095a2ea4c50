// What a service exposes at /metrics, in Prometheus' text form, as numbers. Pure.

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

export function readExposition(text: string): Sample[] {
  return text.split('\n').flatMap((each) => {
    const [, name, labels = '', value] = line.exec(each) ?? []
    if (name === undefined) return []
    return [{ name, labels: readLabels(labels), value: Number(value) }]
  })
}

function readLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(label)].map(([, name = '', value = '']) => [name, value] as const)
  return Object.fromEntries(pairs)
}

/** The values under a name, of those with these labels; undefined when there is none. */
export function pick(
  samples: readonly Sample[],
  { name, labels = {}, by }: { name: string; labels?: Readonly<Record<string, string>>; by: 'sum' | 'max' },
): number | undefined {
  const values = samples
    .filter(
      (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    )
    .map(({ value }) => value)
  if (values.length === 0) return undefined
  return by === 'sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values)
}
