import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A certificate of a throw-away authority, for servers on loopback. */
export interface Certificate {
  /** PEM */
  readonly key: string
  readonly cert: string
  /** The authority's own, for those who are to trust it. */
  readonly caFile: string
  remove(): Promise<void>
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 24 * 3600 * 1000

const newKeys = () => webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])

/** `hosts`: names and addresses. */
export async function certify(
  hosts: readonly string[] = ['localhost', '127.0.0.1', '::1'],
): Promise<Certificate> {
  const now = Date.now()
  const life = {
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + DAY_MS),
    signingAlgorithm: P256,
  }
  const keys = await newKeys()
  const authority = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=throw-away',
      keys,
      ...life,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      ],
    },
    webcrypto,
  )
  const own = await newKeys()
  const leaf = await X509CertificateGenerator.create(
    {
      subject: 'CN=upstream',
      issuer: authority.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      ...life,
      extensions: [
        new SubjectAlternativeNameExtension(
          hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
        ),
      ],
    },
    webcrypto,
  )
  const folder = await mkdtemp(join(tmpdir(), 'credbroker-ca-'))
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, authority.toString('pem'))
  return {
    key: PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', own.privateKey), 'PRIVATE KEY'),
    cert: leaf.toString('pem'),
    caFile,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
