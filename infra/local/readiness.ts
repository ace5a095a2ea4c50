// How ready a process of the platform says that it is.

/** `said` has what is not simply ready, cut; it is empty where all is. Rejects when nobody answers within two seconds. */
export const askReadiness = async (adminUrl: string): Promise<{ isReady: boolean; said: string }> => {
  const response = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(2_000) })
  const lines = (await response.text()).trim().split('\n')
  const said = lines.filter((line) => !/(^|: )ready$/.test(line)).join('; ')
  return { isReady: response.ok, said: said.slice(0, 120) }
}
