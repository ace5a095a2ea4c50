// Run by adding-a-metric.test.ts in its copy of the repository: `node metric-arrives.ts KIND KEY` prints, for each place where
// a metric of a simulated ride must arrive, the value of its last sample there, or null where it has not arrived.
import { latestAnswer, telemetryAnswer } from '../../core/api/riders/bike-answers.ts'
import { properties, storedFields } from '../../core/engines/elasticsearch/mapping.ts'
import { sampleOf } from '../../core/engines/elasticsearch/reader.ts'
import { readCleanRecord, valuesAt } from '../../core/telemetry/contracts/clean-samples.ts'
import { statesOf } from '../../core/telemetry/latest/latest-state.ts'
import { documentTemplate, writeDocument } from '../../core/telemetry/search/document-writer.ts'
import { openTrack } from '../../core/telemetry/search/planned-track.ts'
import { createBike } from '../../simulator/index.ts'
import { cleanRecord } from '../../testkit/clean-records.ts'

const [kind, key] = process.argv.slice(2) as [string, string]
const series = createBike(1, 0)
  .ride({ startMs: Date.UTC(2026, 0), seconds: 60 })
  .find((one) => one.kind === kind)
if (series === undefined) throw new Error(`the simulated ride has no ${kind} series`)
const ids = {
  bikeId: '5b0c6a1e-0000-4000-8000-000000000001',
  recorderId: '5b0c6a1e-0000-4000-8000-000000000002',
}
const record = cleanRecord({
  track: { ...ids, ...series, clock: { bootId: 1, clockEpoch: 1 } },
  riderId: 'anna',
}).value

const samples = readCleanRecord(record)
const last = samples.track.timesMs.length - 1
const open = openTrack(record)
const document = lastDocument()
const field = storedFields[series.kind].find((one) => one.key === key)
const latest = latestAnswer({ presence: undefined, readings: statesOf(samples) })
const states = Object.values<{ values: object }>(latest.groups)
const [telemetry = {}] = telemetryAnswer({ samples: [sampleOf(document)] }).samples

const places = {
  decoded: cellOf(valuesAt(samples.track, last)),
  mapping: field !== undefined && field.name in properties() ? field.name : null,
  document: field === undefined ? null : (document[field.name] ?? null),
  latest: states.map(({ values }) => cellOf(values)).find((cell) => cell !== null) ?? null,
  telemetry: cellOf(telemetry),
}
process.stdout.write(JSON.stringify(places))

function lastDocument() {
  const template = documentTemplate(open)
  const bytes = new Uint8Array(template.maxBytes)
  const end = writeDocument(bytes, 0, { template, sample: last })
  const [, source = ''] = new TextDecoder().decode(bytes.subarray(0, end)).split('\n')
  const document = JSON.parse(source)
  const iso = (ms: number) => new Date(ms).toISOString()
  // As the engine gives times back.
  return { ...document, '@timestamp': iso(document['@timestamp']), received_at: iso(document.received_at) }
}

function cellOf(values: object): unknown {
  return (values as Record<string, unknown>)[key] ?? null
}
