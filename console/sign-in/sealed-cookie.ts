// Cookies that only this console can read: JSON encrypted by its secret (JWE, A256GCM), in as many cookies as it needs.
import { hkdfSync } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { EncryptJWT, jwtDecrypt } from 'jose'

export interface SealedCookies {
  /** False, and nothing is set, where the content is larger than `maxCookies` hold. */
  write(c: Context, content: object, lifetimeS: number): Promise<boolean>
  /** Undefined where there is none, or it was not written by this console, or its time is over. */
  read(c: Context): Promise<Readonly<Record<string, unknown>> | undefined>
  remove(c: Context): void
}

export interface CookieOptions {
  /** Also keeps what was sealed under one name from being read under another. */
  readonly name: string
  readonly secret: string
  /** Whether the console is reached by https; then browsers hold the cookie to this host, and to https. */
  readonly isSecure: boolean
}

/** Browsers keep 4,096 bytes of a cookie, its name and attributes included. */
const partChars = 3_800
/** All of a request's head must fit into the 16 KiB that Node.js reads. */
export const maxCookies = 3

export function createSealedCookies({ name, secret, isSecure }: CookieOptions): SealedCookies {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', `console cookie ${name}`, 32))
  const nameOf = (part: number) => `${isSecure ? '__Host-' : ''}${name}-${part}`
  const attributes = { path: '/', secure: isSecure }

  function removeFrom(c: Context, first: number): void {
    for (let part = first; part < maxCookies; part++)
      if (getCookie(c, nameOf(part)) !== undefined) deleteCookie(c, nameOf(part), attributes)
  }

  return {
    async write(c, content, lifetimeS) {
      const sealed = await new EncryptJWT({ content })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(`${lifetimeS} s`)
        .encrypt(key)
      const parts = sealed.match(new RegExp(`.{1,${partChars}}`, 'g')) ?? []
      if (parts.length > maxCookies) return false
      for (const [part, text] of parts.entries())
        setCookie(c, nameOf(part), text, {
          ...attributes,
          httpOnly: true,
          sameSite: 'Lax',
          maxAge: lifetimeS,
        })
      removeFrom(c, parts.length)
      return true
    },
    async read(c) {
      const sealed = Array.from({ length: maxCookies }, (_, part) => getCookie(c, nameOf(part)) ?? '').join(
        '',
      )
      if (sealed === '') return undefined
      try {
        const { payload } = await jwtDecrypt(sealed, key, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          requiredClaims: ['exp'],
        })
        return payload.content as Readonly<Record<string, unknown>>
      } catch {
        return undefined
      }
    },
    remove: (c) => removeFrom(c, 0),
  }
}
