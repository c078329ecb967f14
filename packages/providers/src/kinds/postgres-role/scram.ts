import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { Secret } from '@credbroker/core/secret'
import type { VendorIo } from '../../provider.ts'

const ITERATIONS = 4096

/** 256 random bits as base64url: ASCII, so that SASLprep (RFC 4013) leaves it as it is. */
export const newPassword = (random: VendorIo['random']): Secret =>
  new Secret(Buffer.from(random(32)).toString('base64url'))

/**
 * What PostgreSQL stores of a password (RFC 5803), from the keys of RFC 5802 §3 with SHA-256 (RFC 7677). Computed here, so that
 * the password itself is in no statement, log or `pg_stat_activity`. Of a password with 256 random bits nothing can be guessed from it.
 */
export function scramVerifier(password: Secret, random: VendorIo['random']): string {
  return verifierFor(password.expose(), Buffer.from(random(16)))
}

/** With a salt that is given, for test vectors. */
export function verifierFor(password: string, salt: Buffer, iterations: number = ITERATIONS): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const key = (label: string) => createHmac('sha256', salted).update(label).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest()
  const server = key('Server Key')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored.toString('base64')}:${server.toString('base64')}`
}
