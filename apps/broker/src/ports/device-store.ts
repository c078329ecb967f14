import type { AuditRecord } from '@credbroker/core/audit/event'
import type { StoredKey } from './client-keys.ts'
import type { Sealed } from './people.ts'
import type { SingleUse } from './tokens.ts'

/** A machine that asks to act for a person, who has not said who they are yet. Times are ISO 8601, UTC. */
export interface DeviceRequest {
  /** `lgn_…`, for the log. */
  readonly id: string
  /** Of the device code. */
  readonly digest: string
  /** Keyed digest of the user code: it is too short for a plain one. */
  readonly userCode: string
  /** RFC 7638 thumbprint of the machine's own key: the code is worth nothing without it. */
  readonly jkt: string
  readonly client: string
  /** What the machine calls itself. */
  readonly host: string | null
  readonly address: string | null
  readonly browser: string | null
  readonly askedAt: string
  readonly endsAt: string
  readonly state: 'pending' | 'approved' | 'denied'
  /** Who answered. */
  readonly user: string | null
}

export interface DeviceStore {
  /** `replayed`: the proof was used before. `full`: as many wait as may. */
  add(
    request: Sealed<DeviceRequest>,
    limits: { readonly intervalSeconds: number; readonly most: number },
    proof: SingleUse | undefined,
    event: AuditRecord,
  ): Promise<'added' | 'replayed' | 'full'>
  byUserCode(userCode: string): Promise<Sealed<DeviceRequest> | undefined>
  /** A person's answer. False where it was answered or taken meanwhile, or is over. */
  decide(before: Sealed<DeviceRequest>, after: Sealed<DeviceRequest>, event: AuditRecord): Promise<boolean>
  /** Takes the proof and notes that the machine asked. `tooSoon`: it has to wait longer from now on. */
  poll(
    digest: string,
    proof: SingleUse,
  ): Promise<{ readonly request: Sealed<DeviceRequest>; readonly tooSoon: boolean } | 'replayed' | undefined>
  /** Takes an answered request, for good, and stores the key where it was approved. False where it was taken before. */
  redeem(
    request: Sealed<DeviceRequest>,
    key: StoredKey | undefined,
    events: readonly AuditRecord[],
  ): Promise<boolean>
  /** Counts one guess of this person; the number within the window. */
  guess(user: string, windowSeconds: number): Promise<number>
  /** It was no guess. */
  forgive(user: string): Promise<void>
}
