import { expect, test } from 'vitest'
import { createMemoryEdge, testLimits, uploadRequest } from '../../edge/testing/memory-edge.ts'
import { bombAnswers } from './judge.ts'
import { createBombs } from './packing.ts'

test('the edge refuses every bomb as runs demand it', async () => {
  const off = { perSecond: 0, burst: 1 }
  const edge = createMemoryEdge({ limits: { ...testLimits, perAddress: off, perSender: off } })
  for (const { encoding, body } of createBombs()) {
    const { status } = await edge.fetch(uploadRequest({ body, headers: { 'content-encoding': encoding } }))
    expect(bombAnswers).toContain(status)
  }
})
