import { isOpaque, opaqueDigest } from '@credbroker/core/opaque'
import { Secret } from '@credbroker/core/secret'
import { spellingsOf } from '@credbroker/core/secret-parts'
import type { OwnTrace, Trace } from '../../domain/leak.ts'
import type { LeakDeps } from './leak-deps.ts'

type Deps = Pick<LeakDeps, 'fingerprints' | 'verifier' | 'issuer' | 'clock'>

/** What is left of a value before anything is looked up: its digests, and what anybody could tell by its form or our public keys. */
export async function traceFinding(deps: Deps, value: string): Promise<Trace> {
  const parts = spellingsOf(new Secret(value)).map((part) => deps.fingerprints.part(part))
  const own = await ownTrace(deps, value.trim())
  return { parts, ...(own && { own }) }
}

const FORMS = { enr: 'enrolment', set: 'setup-code', ses: 'session', dev: 'login' } as const

async function ownTrace({ verifier, issuer, clock }: Deps, value: string): Promise<OwnTrace | undefined> {
  for (const kind of ['enr', 'set', 'ses', 'dev'] as const)
    if (isOpaque(kind, value)) return { what: FORMS[kind], digest: opaqueDigest(value) }
  if (isOpaque('run', value)) return { what: 'loopback' }
  if (!/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(value)) return undefined
  const token = await verifier.verifyAccessToken(value, issuer, clock.now()).catch(() => undefined)
  if (!token) return undefined
  const principal = token.clientId
  return token.kind === 'task'
    ? { what: 'task-token', principal, task: token.task }
    : { what: 'access-token', principal }
}
