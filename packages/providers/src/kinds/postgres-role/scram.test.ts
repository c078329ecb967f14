import { randomBytes } from 'node:crypto'
import { Secret } from '@credbroker/core/secret'
import { describe, expect, it } from 'vitest'
import { newPassword, scramVerifier, verifierFor } from './scram.ts'

describe('the verifier of a minted password', () => {
  it('has the keys of the SCRAM-SHA-256 example in RFC 7677 §3', () => {
    // The RFC shows the proofs; these are the keys from which they follow, as PostgreSQL itself computes them.
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
    expect(verifierFor('pencil', salt, 4096)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    )
  })

  it('is of another salt and password each time, and holds neither password nor its bytes', () => {
    const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
    const password = newPassword(random)
    expect(password).toBeInstanceOf(Secret)
    expect(password.expose()).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(newPassword(random).expose()).not.toBe(password.expose())
    const verifier = scramVerifier(password, random)
    expect(verifier).not.toContain(password.expose())
    expect(scramVerifier(password, random)).not.toBe(verifier)
  })
})
