// Where a rider goes after the sign-in.

const maxChars = 500
const base = 'http://console'

/**
 * The path and query of a page of this console; `/` for anything else.
 *
 *     '/rides?zone=Europe%2FBerlin' → '/rides?zone=Europe%2FBerlin'      '//shop.example' → '/'
 */
export function returnPath(asked: string | undefined): string {
  const url = asked?.startsWith('/') && asked.length <= maxChars ? URL.parse(asked, base) : null
  if (url?.origin !== base || /^\/sign(-|ed)/.test(url.pathname)) return '/'
  // A path that begins with two slashes would be another host's address.
  return url.pathname.startsWith('//') ? '/' : `${url.pathname}${url.search}`
}
