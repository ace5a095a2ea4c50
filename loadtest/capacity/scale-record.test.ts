import { describe, expect, test } from 'vitest'
import { type RecordedStage, recordedStages, recordText } from './fixtures.ts'
import { readScaleRecord, secondsOf } from './scale-record.ts'

const stages = recordedStages(300)
/** The record whose search with two processes is another. */
const withSearch = (of: (sound: RecordedStage) => readonly RecordedStage[]) =>
  recordText(
    300,
    stages.flatMap((each) => (each.stage === 'search' && each.instances === 2 ? of(each) : [each])),
  )
const engines = { kafka: 0.5, elasticsearch: 20, postgres: 0 }

describe('the record of the benchmark', () => {
  test('tells what one process and two took, a million samples', () => {
    const record = readScaleRecord(recordText(20))
    expect(secondsOf(record, 'latest')).toEqual({
      ...{ busy: 6.25, cpu: 5, kafka: 0.5, elasticsearch: 0, postgres: 0 },
    })
    expect(secondsOf(record, 'latest', 2).cpu).toBeCloseTo(5.5, 9)
  })

  test.each<[string, string, string]>([
    [
      'nothing counted',
      withSearch((sound) => [{ ...sound, counted: 0, seconds: 0.009, cpuSeconds: 0 }]),
      'counted',
    ],
    ['CPU that is no number', withSearch((sound) => [{ ...sound, cpuSeconds: null }]), 'cpuSeconds'],
    ['no time', withSearch((sound) => [{ ...sound, seconds: 0 }]), 'seconds'],
    [
      'an engine elsewhere',
      withSearch((sound) => [{ ...sound, engineSeconds: { ...engines, elasticsearch: null } }]),
      'elasticsearch',
    ],
    [
      'an idle Kafka',
      withSearch((sound) => [{ ...sound, engineSeconds: { ...engines, kafka: 0 } }]),
      'kafka',
    ],
    [
      'an idle Elasticsearch',
      withSearch((sound) => [{ ...sound, engineSeconds: { ...engines, elasticsearch: 0 } }]),
      'search without CPU of elasticsearch',
    ],
    ['no search with two processes', withSearch(() => []), 'no search, 2 of it'],
    [
      'a topic without a size',
      recordText(300).replace('"telemetry.raw"', '"telemetry.row"'),
      'telemetry.raw',
    ],
    ['rows of no bytes', recordText(300).replace('"bytesPerRow":200', '"bytesPerRow":null'), 'bytesPerRow'],
    ['no command', recordText(300).replace('"command"', '"cmd"'), 'command'],
  ])('is refused with %s, which is named', (_, text, words) => {
    expect(() => readScaleRecord(text)).toThrow(words)
  })
})
