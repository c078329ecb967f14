import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate of a throw-away authority, for servers on loopback. */
export interface Certificate {
  readonly key: Buffer
  readonly cert: Buffer
  /** The authority's own, for those who are to trust it. */
  readonly caFile: string
  remove(): Promise<void>
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** `names`: as `subjectAltName` has them, `DNS:api.test` or `IP:127.0.0.1`. Needs openssl. */
export async function certify(
  names: readonly string[] = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1'],
): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'credbroker-ca-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const ca = ['-subj', '/CN=throw-away', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2']
  openssl('req', '-x509', ...KEY, ...ca)
  openssl('req', ...KEY, '-subj', '/CN=upstream', '-keyout', 'leaf.key', '-out', 'leaf.csr')
  await writeFile(join(folder, 'san'), `subjectAltName=${names.join(',')}\n`)
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san']
  openssl('x509', '-req', '-in', 'leaf.csr', ...by, '-out', 'leaf.pem', '-days', '2')
  return {
    key: readFileSync(join(folder, 'leaf.key')),
    cert: readFileSync(join(folder, 'leaf.pem')),
    caFile: join(folder, 'ca.pem'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
