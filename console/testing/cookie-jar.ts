// The cookies of a browser: it keeps what it is told to, and forgets what has no time left.

export interface CookieJar {
  readonly kept: Map<string, string>
  take(response: Response): void
  header(): { readonly cookie: string }
}

export function createJar(): CookieJar {
  const kept = new Map<string, string>()
  return {
    kept,
    take(response) {
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (/max-age=0/i.test(line)) kept.delete(name)
        else kept.set(name, value)
      }
    },
    header: () => ({ cookie: [...kept].map(([name, value]) => `${name}=${value}`).join('; ') }),
  }
}
