import { readFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'
import { BrokerError } from '@credbroker/core/errors'

/** Those that Node trusts, and those of `BROKER_UPSTREAM_CA_FILE`. @throws BrokerError `config_invalid` */
export function authorities(file: string | undefined): readonly string[] | undefined {
  if (file === undefined) return undefined
  try {
    const own = readFileSync(file, 'utf8')
    if (own.includes('-----BEGIN CERTIFICATE-----')) return [...getCACertificates('default'), own]
  } catch {
    // Said below.
  }
  throw new BrokerError('config_invalid', {
    problems: [{ at: 'BROKER_UPSTREAM_CA_FILE', message: 'is not a readable file of PEM certificates' }],
  })
}
