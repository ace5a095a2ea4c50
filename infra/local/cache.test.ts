import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cached } from './cache.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const counter = () => {
  const state = { fills: 0 }
  const fill = async (dir: string) => {
    state.fills++
    await writeFile(join(dir, 'tool'), 'complete')
  }
  return { state, entry: { name: 'tool-1.0', fill, onProgress: () => undefined, root: temporaryFolder() } }
}

test('an entry is filled once, also when two ask at once', async () => {
  const { state, entry } = counter()
  const [first, second] = await Promise.all([cached(entry), cached(entry)])
  expect(first).toBe(second)
  await cached(entry)
  expect(state.fills).toBe(1)
  expect(readFileSync(join(first, 'tool'), 'utf8')).toBe('complete')
})

test.each([
  ['cut', (file: string) => writeFileSync(file, 'comp')],
  ['lost', (file: string) => rmSync(file)],
])('an entry with a file that was %s is filled anew', async (_, damage) => {
  const { state, entry } = counter()
  const dir = await cached(entry)
  damage(join(dir, 'tool'))
  await cached(entry)
  expect(state.fills).toBe(2)
  expect(readFileSync(join(dir, 'tool'), 'utf8')).toBe('complete')
})

test('a failed fill is repeated in an empty folder', async () => {
  const { entry } = counter()
  let attempts = 0
  const fill = async (dir: string) => {
    attempts++
    await writeFile(join(dir, `part-${attempts}`), '', { flag: 'wx' })
    if (attempts === 1) throw new Error('connection lost')
  }
  const lines: string[] = []
  const dir = await cached({ ...entry, fill, onProgress: (line) => void lines.push(line) })
  expect(lines.join()).toContain('connection lost')
  expect(() => readFileSync(join(dir, 'part-1'))).toThrow('ENOENT')
})
