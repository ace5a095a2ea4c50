// Attacks by words: texts of plants that a terminal, a shell or a program would obey, where they are shown or looked up.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inheritedWords } from '../../../testkit/foreign-words.ts'
import { type Attack, type AttackContext, falls, holds, mustWork } from '../attack-types.ts'
import { cell, doubtfulBike, openPlant } from './plant.ts'

const reviewCommand = 'core/fleet/review/command.ts'
const marker = 'obeyed'

/** The list of statements and a doubtful one with these words, as its reviewer sees them. */
async function shown(context: AttackContext, words: string): Promise<string> {
  await openPlant(context)
  const eventId = await doubtfulBike(context, words)
  const answers = [
    await context.command(reviewCommand, ['review', 'list', '--source', 'plant:honest', '--limit', '1000']),
    await context.command(reviewCommand, ['review', 'show', eventId, '--reason', 'an attack']),
  ]
  const text = answers.map(({ stdout, stderr }) => `${stdout}${stderr}`).join('\n')
  mustWork('staff see the statement', text.includes(eventId) && text.includes(marker))
  return text
}

const escapeSequences: Attack = {
  name: 'words-reach-the-terminal',
  found: 'escape sequences of a plant reached the terminal of whoever reviewed its statement',
  run: async (context) => {
    const text = await shown(context, `${marker}\u001b[2J\u001b]0;mine\u0007\u202e\u009b31m`)
    const acting = /[\p{Cf}]|(?![\n\t])\p{Cc}/u.exec(text)
    return acting === null ? holds : falls(`${JSON.stringify(acting[0])} reached the terminal`)
  },
}

const pasted: Attack = {
  name: 'words-pasted-into-a-shell',
  found: "review show printed a command with a plant's text inside quotes, and pasting it ran that text",
  run: async (context) => {
    const dir = await mkdtemp(join(tmpdir(), 'attack-'))
    try {
      const trap = join(dir, marker)
      const text = await shown(context, `${marker}'; touch ${trap}; echo '$(touch ${trap})\`touch ${trap}\``)
      const commands = text.split('\n').filter((line) => line.trim().startsWith('npm run fleet -- review'))
      mustWork('a command is suggested', commands.length > 0)
      // As pasted into a shell in which npm does nothing: whatever else acts is the plant's.
      const shell = promisify(execFile)
      for (const command of commands) {
        const pasted = shell('/bin/sh', ['-c', `npm() { :; }\n${command}`], { cwd: dir })
        const isCommand = await pasted.then(
          () => true,
          () => false,
        )
        if (!isCommand) return falls(`the text of a plant ends the command that holds it: ${command}`)
      }
      const { stdout } = await promisify(execFile)('ls', [dir])
      return stdout.trim() === '' ? holds : falls('pasting a suggested command ran the text of a plant')
    } finally {
      await rm(dir, { recursive: true })
    }
  },
}

const mapping = {
  ...{ delimiter: ';', zone: 'UTC', dates: ['yyyy-MM-dd'] },
  statements: [
    {
      event: 'componentProduced',
      fields: {
        component: {
          type: { column: 'type', values: { cell: 'attacked_cell' } },
          serialNumber: { column: 'serial' },
        },
        ...{
          hardwareRevision: { column: 'revision', number: true },
          firmwareRevision: { column: 'firmware' },
        },
        ...{ batch: { column: 'batch' }, plant: 'honest', producedAt: { column: 'made' } },
      },
    },
  ],
}

const cells: Attack = {
  name: 'words-in-cells',
  found: 'a CSV cell that said constructor ended the file',
  run: async (context) => {
    const dir = await mkdtemp(join(tmpdir(), 'attack-'))
    const good = () => ['cell', cell().serialNumber, '1', '1', 'B1', '2025-03-03']
    const linesOf = async (rows: readonly string[][]) => {
      const [file, form] = [join(dir, 'rows.csv'), join(dir, 'mapping.json')]
      const header = 'type;serial;revision;firmware;batch;made'
      await writeFile(file, `${[header, ...rows.map((row) => row.join(';'))].join('\n')}\n`)
      await writeFile(form, JSON.stringify(mapping))
      const asked = [file, '--source', 'plant:honest', '--mapping', form, '--dry-run']
      const { stdout } = await context.command('core/fleet/intake/command.ts', asked)
      return stdout.split('\n').filter((line) => line !== '')
    }
    try {
      mustWork('a file is read', (await linesOf([good(), good()])).length === 2)
      const hostile = inheritedWords.flatMap((word) =>
        good().map((_, column) => good().map((text, n) => (n === column ? word : text))),
      )
      const lines = await linesOf([...hostile, good()])
      return lines.length === hostile.length + 1
        ? holds
        : falls(
            `of ${hostile.length + 1} rows ${lines.length} are told, since a cell says what every object has`,
          )
    } finally {
      await rm(dir, { recursive: true })
    }
  },
}

export const wordAttacks: readonly Attack[] = [escapeSequences, pasted, cells]
