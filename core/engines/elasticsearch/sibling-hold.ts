// Holds writes to a young sibling back as long as a worker that does not know it yet might write to its predecessor: if
// somebody lifts the block that led to the sibling, the same identity would otherwise be stored in both.
import type { Client } from '@elastic/elasticsearch'

/** Rejects while the newest of a partition's generations must not be written to. */
export type SiblingHold = (generations: readonly string[]) => Promise<void>

export function createSiblingHold({ client, holdMs }: { client: Client; holdMs: number }): SiblingHold {
  const open = new Set<string>()
  return async (generations) => {
    const [before, sibling] = generations.slice(-2)
    if (before === undefined || sibling === undefined || open.has(sibling)) return
    const isClosed = (await setting(client, before, 'index.blocks.write')) === 'true'
    if (!isClosed) {
      const ageMs = Date.now() - Number(await setting(client, sibling, 'index.creation_date'))
      if (ageMs < holdMs) {
        const seconds = Math.ceil((holdMs - ageMs) / 1_000)
        throw new Error(`${sibling} is not written to for ${seconds} s: a worker may not know it yet`)
      }
      // What was written there meanwhile is searched for.
      await client.indices.refresh({ index: before })
    }
    open.add(sibling)
  }
}

async function setting(client: Client, index: string, name: string): Promise<unknown> {
  const answer = await client.indices.getSettings({ index, name, flat_settings: true })
  return (answer[index]?.settings as Record<string, unknown> | undefined)?.[name]
}
