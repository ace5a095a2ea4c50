// The graph of imports of a tree: which file imports which, and what imports.config.ts refuses.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { rules } from '../../imports.config.ts'

interface Import {
  /** A file of the tree, a file below node_modules/, or a module of Node.js. */
  readonly to: string
  /** `import type`, of which nothing is left when the program runs. */
  readonly typeOnly: boolean
}

export interface Graph {
  /** By file: `core/api/app.ts`. */
  readonly imports: ReadonlyMap<string, readonly Import[]>
  /** `core/rides/plan.ts → fs (not-in-allowed)`, sorted. */
  readonly refused: readonly string[]
}

/** The TypeScript files that git knows, or would take if they were added. */
function sourceFiles(root: string): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim().split('\n')
  return [...new Set(listed)].filter((file) => existsSync(join(root, file)))
}

const importing = /^(import|export|\}).* from '/m

/** Throws when it cannot read each of the files: a tool that reads nothing finds no fault. */
export async function readGraph(root: string, files = sourceFiles(root)): Promise<Graph> {
  const { output } = await cruise(
    files,
    {
      baseDir: root,
      ruleSet: rules,
      validate: true,
      parser: 'swc',
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
    },
    {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.d.ts'],
    },
  )
  const { modules, summary } = output as ICruiseResult
  const imports = new Map(
    modules.map(({ source, dependencies }) => [
      source,
      dependencies.map(({ resolved, dependencyTypes }) => ({
        to: resolved,
        typeOnly: dependencyTypes.includes('type-only'),
      })),
    ]),
  )
  const unread = files.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return imports.get(file) === undefined || (importing.test(text) && imports.get(file)?.length === 0)
  })
  if (unread.length > 0) {
    throw new Error(
      `the graph lacks imports of ${unread.length} of ${files.length} files, such as ${unread[0]}`,
    )
  }
  const refused = summary.violations.map(({ from, to, rule }) => `${from} → ${to} (${rule.name})`)
  return { imports, refused: [...new Set(refused)].sort() }
}
