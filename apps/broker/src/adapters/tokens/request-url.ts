const MAX_LENGTH = 2048
const UNRESERVED = /^[A-Za-z0-9._~-]$/

/**
 * A URL as RFC 9449 §4.3 compares it: without query and fragment, after the normalisation of RFC 3986 §6.2.2 and
 * §6.2.3. Undefined when it is not an http(s) URL, or carries a user name.
 */
export function comparableUrl(text: string): string | undefined {
  if (text.length > MAX_LENGTH || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  if (url.username !== '' || url.password !== '') return undefined
  return `${url.protocol}//${url.host}${url.pathname.includes('%') ? normalEscapes(url.pathname) : url.pathname}`
}

const normalEscapes = (path: string): string =>
  path.replace(/%([0-9A-Fa-f]{2})/g, (triplet, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16))
    return UNRESERVED.test(char) ? char : triplet.toUpperCase()
  })
