import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { BrokerError } from '@credbroker/core/errors'
import type { VendorIo } from '../../provider.ts'
import { upstreamAddress } from '../../upstream-address.ts'
import type { Root } from './root.ts'

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/**
 * The connection under a session: to an address that was judged, over TLS as `sslmode` says. Not there yet when the
 * deadline of the call is over, it is destroyed; from then on it belongs to who asked. PostgreSQL protocol §54.2.10.
 */
export async function openSocket(root: Root, io: VendorIo): Promise<Socket> {
  const plain = connect({ host: await upstreamAddress(root.host, io), port: root.port })
  // Its end is told by `close`; an error that nobody listens for would end the broker.
  plain.on('error', () => {})
  try {
    await once(plain, 'connect', { signal: io.signal })
    plain.setNoDelay(true)
    return root.sslmode === 'disable' ? plain : await overTls(plain, root, io)
  } catch (error) {
    plain.destroy()
    throw error
  }
}

async function overTls(plain: Socket, root: Root, io: VendorIo): Promise<Socket> {
  plain.write(SSL_REQUEST)
  const [answer] = (await once(plain, 'data', { signal: io.signal })) as [Buffer]
  plain.pause()
  // More than one byte was sent before the handshake, by someone in between (CVE-2021-23222).
  const agreed = answer.length === 1 ? answer.toString('latin1') : 'X'
  if (agreed === 'N' && root.sslmode === 'prefer') return plain.resume()
  if (agreed !== 'S')
    throw new BrokerError('vendor_refused', { detail: 'The server does not speak TLS as `sslmode` asks' })
  const verify = root.sslmode === 'verify-ca' || root.sslmode === 'verify-full'
  const secure = tlsConnect({
    socket: plain,
    servername: /^[0-9.]+$|:/.test(root.host) ? '' : root.host,
    host: root.host,
    rejectUnauthorized: verify,
    ...(root.ca === undefined ? {} : { ca: root.ca }),
    ...(root.sslmode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  })
  try {
    await once(secure, 'secureConnect', { signal: io.signal })
  } catch (cause) {
    io.signal.throwIfAborted()
    throw new BrokerError('vendor_refused', {
      detail: 'The server’s certificate does not hold as `sslmode` asks, or the handshake failed',
      cause,
    })
  }
  return secure
}
