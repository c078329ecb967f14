import { createHash, createHmac } from 'node:crypto'
import { LIMITS } from '@credbroker/core/limits'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Macs } from '../../ports/keyring.ts'
import { type ChallengePurpose, Challenges } from './challenges.ts'

const PURPOSES: readonly ChallengePurpose[] = ['setup', 'register', 'sign-in', 'step-up', 'sso']

function bench() {
  let now = Date.parse('2026-11-22T12:00:00Z')
  let filled = 0
  const taken = new Set<string>()
  const macs: Macs = {
    mac: (domain, text) => createHmac('sha256', domain).update(text).digest('base64url'),
    matches: (domain, text, mac) => macs.mac(domain, text) === mac,
  }
  const book = {
    take: async ([proof]: readonly { digest: Buffer }[]) => {
      const key = proof?.digest.toString('hex') ?? ''
      return !taken.has(key) && taken.add(key) !== undefined
    },
  }
  const random = (bytes: Uint8Array<ArrayBuffer>) => {
    bytes.set(createHash('sha256').update(String(filled++)).digest().subarray(0, bytes.length))
    return bytes
  }
  const challenges = new Challenges(macs, book, { now: () => new Date(now) }, random)
  return {
    challenges,
    taken,
    pass: (seconds: number) => {
      now += seconds * 1000
    },
    take: (text: string, purpose: ChallengePurpose, bound: string) =>
      challenges.take(text, purpose, bound, 'passkey_invalid').then(
        () => 'taken',
        (error: { code: string }) => error.code,
      ),
  }
}

const purpose = fc.constantFrom(...PURPOSES)

describe('a challenge', () => {
  it('counts for its purpose and person only, whatever they are called', async () => {
    await fc.assert(
      fc.asyncProperty(purpose, fc.string(), purpose, fc.string(), async (mine, me, other, them) => {
        const { challenges, take } = bench()
        const text = challenges.issue(mine, me)
        expect(text).toMatch(/^[A-Za-z0-9_-]{74}$/)
        const same = mine === other && me === them
        expect(await take(text, other, them)).toBe(same ? 'taken' : 'passkey_invalid')
      }),
    )
  })

  it('counts once, and not after its five minutes', async () => {
    const { challenges, take, pass } = bench()
    const text = challenges.issue('sign-in')
    pass(LIMITS.challengeSeconds - 1)
    expect(await take(text, 'sign-in', '')).toBe('taken')
    expect(await take(text, 'sign-in', '')).toBe('passkey_invalid')
    const late = challenges.issue('sign-in')
    pass(LIMITS.challengeSeconds)
    expect(await take(late, 'sign-in', '')).toBe('passkey_invalid')
  })

  it('with any character changed is none, and then nothing is remembered of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(73), fc.constantFrom(...'aZ09_-'), async (at, character) => {
        const { challenges, take, taken } = bench()
        const text = challenges.issue('sso', 'window')
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        fc.pre(changed !== text)
        expect(await take(changed, 'sso', 'window')).toBe('passkey_invalid')
        expect(taken.size).toBe(0)
      }),
    )
  })
})
