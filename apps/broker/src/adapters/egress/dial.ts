import { createSecureContext } from 'node:tls'
import { BrokerError } from '@credbroker/core/errors'
import { buildConnector } from 'undici'
import { NotSent } from '../../ports/egress.ts'
import { judgedAddresses, type Resolve } from './judged-addresses.ts'

export interface DialOptions {
  readonly allowPrivate: boolean
  readonly resolve: Resolve
  /** PEM; those of Node where it is absent. */
  readonly ca?: readonly string[] | undefined
}

const CONNECT_MS = 10_000

/**
 * Connects to what was judged: the name is asked for once, and TLS is spoken with the name, whatever the environment
 * says of certificates. A failure says that nothing was sent.
 */
export function dialer({ ca, ...judging }: DialOptions): buildConnector.connector {
  const tls = {
    timeout: CONNECT_MS,
    allowH2: false,
    minVersion: 'TLSv1.2' as const,
    rejectUnauthorized: true,
    // Made once: reading a hundred authorities for each connection costs more than the connection.
    ...(ca && { secureContext: createSecureContext({ ca: [...ca], minVersion: 'TLSv1.2' }) }),
  }
  return (to, callback) => {
    const failed = (cause: unknown) => callback(new NotSent(cause), null)
    if (to.protocol !== 'https:') {
      failed(new BrokerError('root_unusable', { detail: 'Vendors are called over https only' }))
      return
    }
    judgedAddresses(to.hostname.replace(/^\[|\]$/g, ''), judging).then((addresses) => {
      const [first] = addresses
      if (!first) return failed(new BrokerError('vendor_unavailable'))
      const connect = buildConnector({
        ...tls,
        lookup: (_host, { all }, done) =>
          all ? done(null, addresses) : done(null, first.address, first.family),
      })
      connect(to, (...[error, socket]) => (error ? failed(error) : callback(null, socket)))
    }, failed)
  }
}
