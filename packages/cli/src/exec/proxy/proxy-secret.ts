import { createHash, timingSafeEqual } from 'node:crypto'

/** The user of the proxy's URL; the password is the run's secret. */
export const PROXY_USER = 'broker'

/** Whether a `Proxy-Authorization` has the secret of this run. Takes the same time whatever it has. */
export function proxySecret(secret: string): (header: string | undefined) => boolean {
  const expected = digest(`${PROXY_USER}:${secret}`)
  return (header) => {
    const [, encoded = ''] = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '') ?? []
    return timingSafeEqual(digest(Buffer.from(encoded, 'base64').toString()), expected)
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
