// The gate of imports: `npm run imports` fails when a file imports what imports.config.ts does not allow.
import { resolve } from 'node:path'
import { readGraph } from './graph.ts'

const { imports, refused } = await readGraph(resolve(import.meta.dirname, '../..'))
for (const one of refused) console.error(`refused: ${one}`)
console.log(`imports of ${imports.size} files: ${refused.length} refused`)
if (refused.length > 0) process.exitCode = 1
