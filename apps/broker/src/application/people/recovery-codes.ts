import type { FillRandom } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import { opaqueDigest } from '@credbroker/core/opaque'
import type { RecoveryCode, Sealed } from '../../ports/people.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import type { PeopleDeps } from './people.ts'
import { seal } from './sealed-row.ts'
import { atTheConsole, stepUp } from './step-up.ts'

/** No `i l o u`: what is written by hand is read by hand. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** `xxxxx-xxxxx-xxxxx-xxxxx`: 100 random bits, so that a plain digest cannot be guessed back. */
const newCode = (random: FillRandom): string =>
  [...random(new Uint8Array(20))]
    .map((byte) => ALPHABET.charAt(byte & 31))
    .join('')
    .replace(/(.{5})(?=.)/g, '$1-')

/** As typed from paper: capitals, blanks and dashes do not count, nor do letters that look like digits. */
export const recoveryDigest = (typed: string): string =>
  opaqueDigest(
    `recovery\0${typed.toLowerCase().replace(/[\s-]/g, '').replace(/[il]/g, '1').replace(/o/g, '0')}`,
  )

/** Ten fresh codes: as text, to be shown once, and as they are kept. */
export function freshCodes(
  { macs, random, clock }: Pick<PeopleDeps, 'macs' | 'random' | 'clock'>,
  user: string,
): { codes: string[]; kept: Sealed<RecoveryCode>[] } {
  const codes = Array.from({ length: LIMITS.recoveryCodes }, () => newCode(random))
  const createdAt = clock.now().toISOString()
  const kept = codes.map((code) =>
    seal(macs, 'recovery_codes', { digest: recoveryDigest(code), user, createdAt }),
  )
  return { codes, kept }
}

/** Makes new codes for whoever is signed in; the earlier ones are void. @throws BrokerError `step_up_required` */
export const makeRecoveryCodes =
  (deps: PeopleDeps) =>
  async (caller: Caller): Promise<string[]> => {
    atTheConsole(caller)
    stepUp(caller)
    const { codes, kept } = freshCodes(deps, caller.name)
    const event = deps.record({
      type: 'recovery-codes.made',
      phase: 'event',
      result: 'ok',
      actor: actorOf(caller),
      request: caller.requestId,
      facts: { count: codes.length },
    })
    await deps.codes.replace(caller.name, kept, event)
    return codes
  }
