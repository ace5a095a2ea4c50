// A copy of this repository in a temporary folder, on which a test may follow the recipes of docs/development.md.
import { exec } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative, resolve } from 'node:path'

interface Finished {
  /** Exit code; 1 when a signal ended the program. */
  readonly code: number
  /** Standard output and standard error. */
  readonly output: string
}

export interface TreeCopy {
  readonly root: string
  read(path: string): string
  write(path: string, text: string): void
  /** Puts lines below the first line that contains `mark`, indented as it is. Throws when there is none. */
  insertBelow(path: string, mark: string, lines: readonly string[]): void
  /** Runs a command line in the copy, such as `tsc --noEmit`; `node` is this Node.js. */
  run(command: string): Promise<Finished>
  remove(): void
}

const repository = resolve(import.meta.dirname, '..')
/** What is neither source nor configuration: dependencies, and folders of data and of tools. */
const isLeftOut = (path: string) => path === 'node_modules' || (path.startsWith('.') && path !== '.gitignore')

export function copyTree(): TreeCopy {
  const root = mkdtempSync(join(tmpdir(), 'tree-copy-'))
  cpSync(repository, root, { recursive: true, filter: (source) => !isLeftOut(relative(repository, source)) })
  const modules = join(repository, 'node_modules')
  symlinkSync(modules, join(root, 'node_modules'))
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const write = (path: string, text: string) => writeFileSync(join(root, path), text)
  return {
    root,
    read,
    write,
    insertBelow(path, mark, lines) {
      const text = read(path).split('\n')
      const at = text.findIndex((line) => line.includes(mark))
      if (at === -1) throw new Error(`${path} has no line with ${mark}`)
      const indent = /^\s*/.exec(text[at] as string)?.[0] ?? ''
      write(path, text.toSpliced(at + 1, 0, ...lines.map((line) => indent + line)).join('\n'))
    },
    run(command) {
      const path = [join(modules, '.bin'), dirname(process.execPath), process.env.PATH].join(delimiter)
      const options = { cwd: root, env: { ...process.env, PATH: path }, maxBuffer: 16 * 1024 * 1024 }
      return new Promise((done) => {
        exec(command, options, (error, stdout, stderr) => {
          done({ code: error === null ? 0 : (error.code ?? 1), output: stdout + stderr })
        })
      })
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
