// The gate of imports: `npm run imports` fails when a file imports what imports.config.ts does not allow.
import { resolve } from 'node:path'
import { readGraph } from './graph.ts'
import { known } from './known-imports.ts'

const { imports, refused } = await readGraph(resolve(import.meta.dirname, '../..'))
const faults = [
  ...refused.filter((one) => !known.includes(one)).map((one) => `refused: ${one}`),
  ...known.filter((one) => !refused.includes(one)).map((one) => `known, and gone; strike it out: ${one}`),
]
for (const fault of faults) console.error(fault)
console.log(`imports of ${imports.size} files: ${faults.length} faults, ${known.length} known`)
if (faults.length > 0) process.exitCode = 1
