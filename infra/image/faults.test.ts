import { expect, test } from 'vitest'
import { faultsOf, type ImageFacts, type LockedPackages } from './faults.ts'

const locked: LockedPackages = {
  '': { version: '0.1.0' },
  'node_modules/zod': { version: '4.6.7' },
  'node_modules/@hono/node-server': { version: '2.1.9' },
  'node_modules/vitest': { version: '4.1.12', dev: true },
}
const labels = ['title', 'description', 'licenses', 'version', 'revision', 'created', 'base.name']
const good: ImageFacts = {
  user: '10001:10001',
  architecture: 'amd64',
  labels: Object.fromEntries(labels.map((label) => [`org.opencontainers.image.${label}`, 'told'])),
  healthCheck: ['CMD', 'node'],
  unpackedBytes: 240e6,
  compressedBytes: 90e6,
  files: ['app/core/main.ts', 'app/node_modules/zod/package.json'],
  sbom: { bomFormat: 'CycloneDX', components: [{ name: 'zod', version: '4.6.7' }] },
}

test('an image that keeps all promises has no fault', () => {
  expect(faultsOf(good, 'amd64', locked)).toEqual([])
})

test.each<[string, Partial<ImageFacts>]>([
  ['compressedBytes are 90000001, more than 90000000', { compressedBytes: 90e6 + 1 }],
  ['unpackedBytes are 240000001, more than 240000000', { unpackedBytes: 240e6 + 1 }],
  ['is for arm64, not for amd64', { architecture: 'arm64' }],
  ['its user "" is no number above 0', { user: '' }],
  ['its user "0:0" is no number above 0', { user: '0:0' }],
  ['its user "node" is no number above 0', { user: 'node' }],
  ['has no health check', { healthCheck: [] }],
  [
    'has no label org.opencontainers.image.revision',
    { labels: { ...good.labels, 'org.opencontainers.image.revision': '' } },
  ],
  [
    'holds node_modules/vitest, which is for developers',
    {
      files: [...good.files, 'app/node_modules/vitest/package.json'],
      sbom: {
        ...good.sbom,
        components: [...(good.sbom.components ?? []), { name: 'vitest', version: '4.1.12' }],
      },
    },
  ],
  [
    'its bill of materials lacks @hono/node-server@2.1.9',
    { files: [...good.files, 'app/node_modules/@hono/node-server/package.json'] },
  ],
  ['its bill of materials is not CycloneDX', { sbom: { ...good.sbom, bomFormat: 'SPDX' } }],
  ['holds no package of the lock file', { files: ['app/core/main.ts'] }],
  ['holds the test app/core/a.test.ts', { files: [...good.files, 'app/core/a.test.ts'] }],
])('%s', (fault, changed) => {
  expect(faultsOf({ ...good, ...changed }, 'amd64', locked)).toEqual([fault])
})
