// An edge's way to Kafka through another edge.
import type { EdgeConfig } from '../config.ts'
import { createForward, type Forward } from '../forward/client.ts'
import { clock } from './clock.ts'

/** `config` has been checked to name the other edge and the secret. */
export function forwardOf({ FORWARD_URL, FORWARD_SECRET }: EdgeConfig): Forward {
  return createForward({ url: FORWARD_URL ?? '', secret: FORWARD_SECRET ?? '', clock })
}
