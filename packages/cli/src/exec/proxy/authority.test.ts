import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createAuthority } from './authority.ts'

const folder = mkdtempSync(join(tmpdir(), 'credbroker-authority-'))
afterAll(() => rmSync(folder, { recursive: true }))

const now = new Date()
const until = new Date(now.getTime() + 1800_000)
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const openssl = (...args: string[]) =>
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe', encoding: 'utf8' })

describe('the authority of a run', () => {
  it('vouches for its hosts until the run ends, and openssl agrees', async () => {
    const hosts = ['api.test', '127.0.0.1', '::1']
    const authority = await createAuthority(hosts, { now, until })
    const ca = write('ca.pem', authority.certificate)
    for (const host of hosts) {
      const { cert, key } = await authority.leaf(host)
      const leaf = new X509Certificate(cert)
      expect(leaf.validToDate.getTime()).toBe(Math.floor(until.getTime() / 1000) * 1000)
      expect(host.includes('.test') ? leaf.checkHost(host) : leaf.checkIP(host)).toBe(host)
      expect(leaf.checkHost('other.test')).toBeUndefined()
      expect(key).toContain('PRIVATE KEY')
      expect(openssl('verify', '-x509_strict', '-CAfile', ca, write('leaf.pem', cert))).toContain('OK')
    }
    expect(new X509Certificate(authority.certificate).validToDate <= until).toBe(true)
    expect(openssl('x509', '-in', ca, '-noout', '-text')).toMatch(/Name Constraints: critical\s+Permitted/)
  })

  it('gives no leaf for another host, and one made with its key would convince nobody', async () => {
    const authority = await createAuthority(['api.test'], { now, until })
    await expect(authority.leaf('other.test')).rejects.toThrow('not a host')
    expect(authority.certificate).not.toContain('PRIVATE KEY')
    // The certificate of one run with the names of another: what a stolen key could sign.
    const text = openssl('x509', '-in', write('ca.pem', authority.certificate), '-noout', '-text')
    expect(text).toMatch(
      /Permitted:\s+DNS:api.test\s+Excluded:\s+IP:0.0.0.0\/0.0.0.0\s+IP:(0:){7}0\/(0:){7}0/,
    )
    const addresses = await createAuthority(['127.0.0.1'], { now, until })
    const only = openssl('x509', '-in', write('ip.pem', addresses.certificate), '-noout', '-text')
    expect(only).toMatch(/Permitted:\s+IP:127.0.0.1\/255.255.255.255\s+Excluded:\s+DNS:\s*\n/)
  })
})
