import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import type { PrivateDirectory } from '../private-directory.ts'

/** Where systems keep the authorities that their tools trust. */
const SYSTEM = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
]

/**
 * Files by which the command's tools trust the proxy, and whom they trusted before. Most variables replace what a tool
 * trusts, so they need everything; those of Node and Deno add to it.
 */
export function trustVariables(
  certificate: string,
  files: PrivateDirectory,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const extra = read(env['NODE_EXTRA_CA_CERTS']) ?? ''
  const before = [env['SSL_CERT_FILE'], ...SYSTEM].map(read).find((text) => text !== undefined)
  const added = files.write('proxy-ca.pem', `${certificate}${extra}`)
  const whole = files.write(
    'proxy-ca-bundle.pem',
    `${certificate}${extra}\n${before ?? rootCertificates.join('\n')}\n`,
  )
  return {
    NODE_EXTRA_CA_CERTS: added,
    DENO_CERT: added,
    SSL_CERT_FILE: whole,
    REQUESTS_CA_BUNDLE: whole,
    CURL_CA_BUNDLE: whole,
    GIT_SSL_CAINFO: whole,
    CARGO_HTTP_CAINFO: whole,
    AWS_CA_BUNDLE: whole,
    PIP_CERT: whole,
    npm_config_cafile: whole,
  }
}

function read(path: string | undefined): string | undefined {
  if (!path) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
