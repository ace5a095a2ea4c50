import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { collectGarbage } from '../testkit/collect-garbage.ts'
import { createApi } from './api.ts'

const session = { riderId: 'anna', name: 'Anna', accessToken: 'anna' }
let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Heads of answers come, or nothing does. */
async function hangingApi({ head }: { head: boolean }) {
  const listening = createServer((_, response) => void (head && response.write('{')))
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const { port } = listening.address() as AddressInfo
  return createApi({ url: `http://127.0.0.1:${port}`, timeoutMs: 500 })
}

test.each([
  ['nothing', { head: false }],
  ['the head of an answer', { head: true }],
])(
  'of an API that sends %s nobody waits longer than the bound, whatever is collected meanwhile',
  async (_, sends) => {
    const api = await hangingApi(sends)
    const asked = api.ask({ session, path: '/v1/riders/me/bikes', schema: z.object({}) })
    for (let n = 0; n < 3; n++) {
      await sleep(100)
      collectGarbage()
    }
    expect(await Promise.race([asked, sleep(30_000, 'still waiting', { ref: false })])).toEqual({
      trouble: { kind: 'away' },
    })
  },
)
