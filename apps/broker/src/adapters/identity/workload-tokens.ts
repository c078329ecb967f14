import type { WorkloadTokens } from '../../ports/workload-tokens.ts'
import { ForeignTokens } from './foreign-tokens.ts'
import { guardedJson } from './guarded-json.ts'
import { IssuerKeys } from './issuer-keys.ts'

/** Somebody waits at the token endpoint meanwhile. */
const TIMEOUT_MS = 5000

export const workloadTokens = (allowPrivate: boolean): WorkloadTokens =>
  new ForeignTokens(new IssuerKeys(guardedJson({ allowPrivate, timeoutMs: TIMEOUT_MS })))
