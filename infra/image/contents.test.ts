import { expect, test } from 'vitest'
import { isInImage, isOfNoUseAtRunTime } from './contents.ts'

test.each([
  'LICENSE',
  'core/main.ts',
  'core/engines/postgres/migrations/0001_registry.sql',
  'core/fleet/intake/mappings/plant-zwickau.json',
  'console/app.tsx',
  'console/style.css',
  'edge/entry/node.ts',
  'proto/gen/mobility/telemetry/v1/upload_pb.js',
])('the image holds %s', (file) => expect(isInImage(file)).toBe(true))

test.each([
  'package.json',
  'infra/local/issuer.ts',
  'client/index.ts',
  'core/runtime/config.test.ts',
  'edge/testing/issuer.ts',
  'proto/corpus/v1/upload.bin',
  'proto/README.md',
])('the image does not hold %s', (file) => expect(isInImage(file)).toBe(false))

test.each([
  ['node_modules/zod/index.d.cts', true],
  ['node_modules/zod/index.js.map', true],
  ['node_modules/zod/index.js', false],
  ['node_modules/zod/LICENSE', false],
  ['node_modules/zod/src/index.ts', false],
])('of no use at run time: %s %s', (file, isOfNoUse) => expect(isOfNoUseAtRunTime(file)).toBe(isOfNoUse))
