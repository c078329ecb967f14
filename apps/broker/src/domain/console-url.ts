/**
 * Where people find the pages: the public URL. WebAuthn has no name for an IP address, so a broker that is reached at a
 * loopback address has its pages at `localhost` with the same port.
 */
export function consoleUrl(issuer: string): string {
  const url = new URL(issuer)
  if (/^127(\.\d+){3}$/.test(url.hostname) || url.hostname === '[::1]') url.hostname = 'localhost'
  return url.href.replace(/\/$/, '')
}

/** Where people answer a question. */
export const approvalUrl = (issuer: string, id: string): string => `${consoleUrl(issuer)}/approvals/${id}`
