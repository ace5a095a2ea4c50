// `npm run closure`: how many files each way through the platform takes; `-- --list` names them.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { closureOf, ways } from './closure.ts'
import { readGraph } from './graph.ts'

const { list } = parseArgs({ options: { list: { type: 'boolean' } } }).values
const root = resolve(import.meta.dirname, '../..')
const graph = await readGraph(root)
for (const way of ways) {
  const { files, linesAtMost } = closureOf(root, graph, way)
  console.log(`${way.name}: ${files.length} files, nine in ten of at most ${linesAtMost} lines`)
  if (list) for (const file of files) console.log(`  ${file}`)
}
