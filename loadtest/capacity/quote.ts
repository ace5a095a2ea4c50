// Keeps docs/capacity.md true: each block that begins with `$ npm run capacity -- …` holds what that command prints, and what
// stands between the marks of the records is told by them. `node loadtest/capacity/quote.ts` writes both anew.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readRecords, recordsDir } from './measured.ts'
import { recordsPassage } from './records-passage.ts'

const page = fileURLToPath(new URL('../../docs/capacity.md', import.meta.url))
const command = fileURLToPath(new URL('capacity.ts', import.meta.url))
const [begin, end] = ['<!-- From the records: begin -->', '<!-- From the records: end -->']

/** The page as it should be. Throws an Error when records are not sound, or the page lacks their marks. */
export function quoted(text: string, records = recordsDir): string {
  const block = /^```\n\$ npm run capacity -- ([^\n]*)\n.*?^```$/gms
  const passage = new RegExp(`${begin}.*${end}`, 's')
  if (!passage.test(text)) throw new Error(`the page has no ${begin} … ${end}`)
  const told = recordsPassage(readRecords(records))
  return text
    .replace(passage, () => `${begin}\n\n${told}\n\n${end}`)
    .replace(block, (_, args: string) => {
      const all = [command, ...args.split(' '), '--records', records]
      const printed = execFileSync(process.execPath, all, { encoding: 'utf8' })
      return `\`\`\`\n$ npm run capacity -- ${args}\n\n${printed.trimEnd()}\n\`\`\``
    })
}

export function readPage(): string {
  return readFileSync(page, 'utf8')
}

if (import.meta.main) writeFileSync(page, quoted(readPage()))
