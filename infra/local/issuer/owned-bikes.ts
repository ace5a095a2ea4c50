// What a login service does before it issues a token: it asks the API which bikes the rider owns.
import { z } from 'zod'

const answer = z.object({ bikes: z.array(z.object({ bikeId: z.uuid() })) })
const answeredWithinMs = 3_000

/** `token` has the role `login`. Rejects when the API does not answer, or not with bikes. */
export async function ownedBikes(
  apiUrl: string,
  { riderId, token }: { readonly riderId: string; readonly token: string },
): Promise<string[]> {
  const response = await fetch(`${apiUrl}/v1/login/riders/${encodeURIComponent(riderId)}/bikes`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(answeredWithinMs),
  })
  if (!response.ok) throw new Error(`the API answered ${response.status}`)
  return answer.parse(await response.json()).bikes.map(({ bikeId }) => bikeId)
}
