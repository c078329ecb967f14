import type { Macs } from '../../ports/keyring.ts'
import type { ProofNonces } from '../../ports/tokens.ts'

/** Seconds. */
export const NONCE_LIFE = 300
/** How far two replicas' clocks may differ, in seconds. */
const REPLICA_SKEW = 60
const NONCE = /^(\d{1,12})\.([A-Za-z0-9_-]{43})$/

/** `<epoch seconds>.<MAC>`: any replica can tell when any other made it, and nothing is stored (RFC 9449 §8). */
export const proofNonces = (macs: Macs): ProofNonces => ({
  issue(now) {
    const time = String(Math.floor(now.getTime() / 1000))
    return `${time}.${macs.mac('dpop-nonce', time)}`
  },
  isFresh(nonce, now) {
    const [, time, mac] = NONCE.exec(nonce) ?? []
    if (time === undefined || mac === undefined || !macs.matches('dpop-nonce', time, mac)) return false
    const age = now.getTime() / 1000 - Number(time)
    return age >= -REPLICA_SKEW && age <= NONCE_LIFE
  },
})
