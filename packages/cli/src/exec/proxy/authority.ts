import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { nameConstraints } from './name-constraints.ts'

/** An authority of one run, for its hosts only. Its key is in this process's memory and nowhere else. */
export interface Authority {
  /** For those who are to trust it. */
  readonly certificate: string
  /** The same each time. @throws Error for another host than its own */
  leaf(host: string): Promise<{ readonly key: string; readonly cert: string }>
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const NAME_CONSTRAINTS = '2.5.29.30'
/** The command may run where the clock is a little behind. */
const BEFORE_MS = 5 * 60_000

/**
 * `hosts`: names and addresses without ports. `until`: the end of the run. Both certificates are constrained: a leaf for
 * another host, should the key ever get out, convinces nobody.
 */
export async function createAuthority(
  hosts: readonly string[],
  { now, until }: { readonly now: Date; readonly until: Date },
): Promise<Authority> {
  const life = { notBefore: new Date(now.getTime() - BEFORE_MS), notAfter: until, signingAlgorithm: P256 }
  const keys = await newKeys()
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=credbroker exec: one run',
      keys,
      ...life,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        new Extension(NAME_CONSTRAINTS, true, nameConstraints(hosts)),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  )
  const issue = async (host: string) => {
    if (!hosts.includes(host)) throw new Error('not a host of this run')
    const own = await newKeys()
    const made = await X509CertificateGenerator.create(
      {
        subject: 'CN=credbroker exec',
        issuer: root.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        ...life,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([SERVER_AUTH]),
          new SubjectAlternativeNameExtension([{ type: isIP(host) ? 'ip' : 'dns', value: host }]),
          await SubjectKeyIdentifierExtension.create(own.publicKey),
          await AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      },
      webcrypto,
    )
    return { key: await pemOf(own.privateKey), cert: pem(made) }
  }
  const issued = new Map<string, ReturnType<typeof issue>>()
  return {
    certificate: pem(root),
    leaf: (host) => {
      const known = issued.get(host) ?? issue(host)
      issued.set(host, known)
      return known
    },
  }
}

const newKeys = () => webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
const pem = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`
const pemOf = async (key: webcrypto.CryptoKey): Promise<string> =>
  PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
