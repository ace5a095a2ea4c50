// Keeps docs/capacity.md true: each block that begins with `$ npm run capacity -- …` holds what that command prints.
// `node loadtest/capacity/quote.ts` writes them anew.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const page = fileURLToPath(new URL('../../docs/capacity.md', import.meta.url))
const command = fileURLToPath(new URL('capacity.ts', import.meta.url))

export function quotedPage(): { readonly is: string; readonly shouldBe: string } {
  const is = readFileSync(page, 'utf8')
  const block = /^```\n\$ npm run capacity -- ([^\n]*)\n.*?^```$/gms
  const shouldBe = is.replace(block, (_, args: string) => {
    const printed = execFileSync(process.execPath, [command, ...args.split(' ')], { encoding: 'utf8' })
    return `\`\`\`\n$ npm run capacity -- ${args}\n\n${printed.trimEnd()}\n\`\`\``
  })
  return { is, shouldBe }
}

if (import.meta.main) writeFileSync(page, quotedPage().shouldBe)
