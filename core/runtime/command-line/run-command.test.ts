import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runCommand } from './run-command.ts'

const written = { out: '', err: '' }
const keep = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
  written[stream] += text
  return true
}
const exitCode = process.exitCode

beforeEach(() => {
  Object.assign(written, { out: '', err: '' })
  vi.spyOn(process.stdout, 'write').mockImplementation(keep('out'))
  vi.spyOn(process.stderr, 'write').mockImplementation(keep('err'))
})
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = exitCode
})

const run = async (args: string[]) => {
  const obeyed: string[] = []
  const read = ([verb = '']: string[]) => {
    if (verb === 'unheard') throw new Error('cannot unheard')
    return verb
  }
  const obey = async (verb: string) => {
    if (verb === 'fail') throw new Error('no database')
    obeyed.push(verb)
  }
  await runCommand({ usage: 'Usage: do it', read, obey }, args)
  return { ...written, obeyed, code: process.exitCode }
}

test.each([[['--help']], [['-h']], [['unheard', '--help']]])(
  '%o prints the usage and does nothing',
  async (args) => {
    expect(await run(args)).toEqual({ out: 'Usage: do it\n', err: '', obeyed: [], code: exitCode })
  },
)

test('arguments that make no sense are answered with the fault and the usage', async () => {
  const err = 'cannot unheard\n\nUsage: do it\n'
  expect(await run(['unheard'])).toEqual({ out: '', err, obeyed: [], code: 2 })
})

test('a failure is told without the usage', async () => {
  expect(await run(['fail'])).toEqual({ out: '', err: 'no database\n', obeyed: [], code: 1 })
})

test('what makes sense is obeyed', async () => {
  expect(await run(['go'])).toEqual({ out: '', err: '', obeyed: ['go'], code: exitCode })
})
