import type { Json } from '@credbroker/core/canonical-json'
import type { CredentialForm } from '@credbroker/core/credential'
import { BrokerError } from '@credbroker/core/errors'
import { inputSchema, type JsonSchema } from '@credbroker/core/json-schema/input-schema'
import { LIMITS } from '@credbroker/core/limits'
import { parseRoot, parseStrictly } from '@credbroker/core/parse-strictly'
import { Secret } from '@credbroker/core/secret'
import { type AskingRoot, assertingIo, type SignAssertion } from './guard/assertion.ts'
import { withDeadline } from './guard/deadline.ts'
import { checkHandle, checkMinted, checkName, checkOrder } from './guard/minted.ts'
import { cleanAssessment, cleanInspection } from './guard/read.ts'
import { vendorError } from './guard/vendor-error.ts'
import { type Redact, redactor } from './guard/visible-text.ts'
import type {
  AnchorForm,
  AnyProvider,
  Assessment,
  Inspection,
  Limits,
  Minted,
  MintOrder,
  RevocationResult,
  VendorIo,
  WorkLabels,
} from './provider.ts'

/**
 * A provider as the broker uses it: everything that no kind may forget holds here. Roots go in as the sealed text's
 * `Secret`, specs and handles as they were stored. Every method throws `BrokerError` only, and nothing in such an error,
 * its cause included, was written by the vendor.
 */
export interface GuardedProvider {
  readonly kind: string
  readonly title: string
  readonly vendor: string
  readonly form: CredentialForm
  readonly anchor: AnchorForm
  readonly limits: Limits
  /** What its roots and its scopes say, as JSON Schema. */
  readonly schemas: { readonly root: JsonSchema; readonly spec: JsonSchema }
  /** Throws `invalid_request` with the paths of what is wrong. Calls nobody. */
  checkRoot(root: Secret): void
  checkSpec(spec: Json): void
  inspect(root: Secret): Promise<Inspection>
  assess(root: Secret, spec: Json): Promise<Assessment>
  /** When it throws, the vendor may still hold the lease: revoke it by name, and again once `settleSeconds` are over. */
  mint(root: Secret, spec: Json, order: MintOrder): Promise<Minted>
  readonly revocation?: {
    canEndSessions(root: Secret): boolean
    revoke(root: Secret, lease: StoredLease): Promise<RevocationResult>
  }
  readonly sweep?: {
    readonly everySeconds?: number | undefined
    find(root: Secret, prefix: string): Promise<readonly string[]>
  }
  readonly rotation?: GuardedRotation
  /**
   * Present where the vendor trusts the broker's issuer, and a root holds nothing secret: the same provider, with
   * assertions that name this root. Without it such a kind can ask its vendor nothing.
   */
  speakFor?(root: AskingRoot): GuardedProvider
}

export interface StoredLease {
  readonly name: string
  readonly spec: Json
  readonly expiresAt: Date
  readonly handle?: Json
}

/** The answers are texts to seal as the next version of the root, in the form in which roots go in. */
export type GuardedRotation =
  | {
      readonly style: 'side-by-side'
      prepare(root: Secret): Promise<Secret>
      retire(old: Secret, current: Secret): Promise<void>
      isSame(one: Secret, other: Secret): boolean
    }
  | {
      readonly style: 'in-place'
      plan(root: Secret): Secret
      apply(old: Secret, next: Secret): Promise<void>
    }

/** What became of a credential that was ready after its deadline, or that failed its checks. It was handed to nobody. */
export interface Discarded {
  readonly kind: string
  readonly name: string
  readonly why: 'late' | 'faulty'
  /** `failed` and `impossible`: it lives until its own end, or until the sweeper finds it. */
  readonly revoked: 'yes' | 'failed' | 'impossible'
}

export interface GuardOptions {
  /** The outside world of one call, bound to that call's deadline. */
  readonly io: (signal: AbortSignal) => VendorIo
  /** Per call. `LIMITS.mintTimeoutSeconds` unless told. */
  readonly deadlineMilliseconds?: number
  readonly onDiscarded?: (discarded: Discarded) => void
  /** Absent: no kind can be federated. */
  readonly signAssertion?: SignAssertion
}

export function guardProvider(
  provider: AnyProvider,
  options: GuardOptions,
  asking?: AskingRoot,
): GuardedProvider {
  const milliseconds = options.deadlineMilliseconds ?? LIMITS.mintTimeoutSeconds * 1000

  async function call<T>(
    redact: Redact,
    ask: (io: VendorIo) => Promise<T>,
    late?: (answer: T) => void,
    work?: WorkLabels,
  ): Promise<T> {
    try {
      const io = (signal: AbortSignal) =>
        assertingIo(provider, options.io(signal), options.signAssertion, asking, work)
      return await withDeadline(milliseconds, (signal) => ask(io(signal)), late)
    } catch (error) {
      throw vendorError(error, redact)
    }
  }

  const root = (text: Secret) => parseRoot(provider.root, text)
  // Where a root is configuration, its names are what people have to be told.
  const secretsOf = (...parts: unknown[]) => redactor(...(provider.federation ? parts.slice(1) : parts))
  const spec = (value: Json) => parseStrictly(provider.spec, value, 'spec')

  async function revoke(rootText: Secret, lease: StoredLease): Promise<RevocationResult> {
    const parsed = root(rootText)
    const { handle, ...rest } = lease
    const stored = { ...rest, spec: spec(lease.spec), name: checkName(lease.name) }
    const redact = secretsOf(parsed, handle)
    const result = await call(redact, async (io) =>
      provider.revocation?.revoke(
        parsed,
        handle === undefined ? stored : { ...stored, handle: checkHandle(provider, handle) },
        io,
      ),
    )
    if (!result) throw new BrokerError('capability_absent')
    // `true` and nothing like it: an answer that is merely truthy revokes nothing.
    return {
      credentialDead: result.credentialDead === true,
      sessionsDead: result.sessionsDead === true,
      ...(result.deadBy && { deadBy: result.deadBy }),
      ...(result.remains && { remains: result.remains.map(redact) }),
    }
  }

  async function discard(rootText: Secret, lease: StoredLease, why: Discarded['why']): Promise<void> {
    const tell = (revoked: Discarded['revoked']) =>
      options.onDiscarded?.({ kind: provider.kind, name: lease.name, why, revoked })
    if (!provider.revocation) return tell('impossible')
    try {
      const { credentialDead, sessionsDead } = await revoke(rootText, lease)
      tell(credentialDead && sessionsDead ? 'yes' : 'failed')
    } catch {
      tell('failed')
    }
  }

  const usable = (handle: Json | undefined): Json | undefined => {
    try {
      return handle === undefined ? undefined : checkHandle(provider, handle)
    } catch {
      return undefined
    }
  }

  async function mint(rootText: Secret, specJson: Json, order: MintOrder): Promise<Minted> {
    const parsed = root(rootText)
    const parsedSpec = spec(specJson)
    checkOrder(provider, order, options.io(new AbortController().signal).now())
    const lease = { name: order.name, spec: specJson, expiresAt: order.expiresAt }
    const minted = await call(
      secretsOf(parsed),
      (io) => provider.mint(parsed, parsedSpec, order, io),
      (late) => void discard(rootText, { ...lease, handle: late.handle }, 'late'),
      order.labels,
    )
    try {
      return checkMinted(provider, minted, order)
    } catch (error) {
      const handle = usable(minted?.handle)
      await discard(rootText, handle === undefined ? lease : { ...lease, handle }, 'faulty')
      throw error instanceof BrokerError ? error : new BrokerError('internal')
    }
  }

  const { revocation, sweep, rotation } = provider
  return {
    kind: provider.kind,
    title: provider.title,
    vendor: provider.vendor,
    form: provider.form,
    anchor: provider.anchor,
    limits: provider.limits,
    get schemas() {
      return { root: inputSchema(provider.root), spec: inputSchema(provider.spec) }
    },
    checkRoot: (text) => void root(text),
    checkSpec: (value) => void spec(value),
    async inspect(text) {
      const parsed = root(text)
      const redact = secretsOf(parsed)
      return cleanInspection(provider, await call(redact, (io) => provider.inspect(parsed, io)), redact)
    },
    async assess(text, value) {
      const parsed = root(text)
      const parsedSpec = spec(value)
      const redact = secretsOf(parsed)
      return cleanAssessment(
        provider,
        await call(redact, (io) => provider.assess(parsed, parsedSpec, io)),
        redact,
      )
    },
    mint,
    ...(revocation && {
      revocation: {
        canEndSessions: (text: Secret) => revocation.canEndSessions?.(root(text)) ?? true,
        revoke,
      },
    }),
    ...(sweep && {
      sweep: {
        everySeconds: sweep.everySeconds,
        async find(text: Secret, prefix: string) {
          const parsed = root(text)
          checkName(prefix, 'prefix')
          const names = await call(secretsOf(parsed), (io) => sweep.find(parsed, prefix, io))
          return names.filter((name) => name.startsWith(prefix) && /^[a-z0-9_]{1,63}$/.test(name))
        },
      },
    }),
    ...(rotation && { rotation: guardRotation(provider, rotation, root, call, options.io) }),
    ...(provider.federation && {
      speakFor: (asks: AskingRoot) => guardProvider(provider, options, asks),
    }),
  }
}

function guardRotation(
  provider: AnyProvider,
  rotation: NonNullable<AnyProvider['rotation']>,
  root: (text: Secret) => unknown,
  call: <T>(redact: Redact, ask: (io: VendorIo) => Promise<T>) => Promise<T>,
  io: GuardOptions['io'],
): GuardedRotation {
  const seal = (next: Json): Secret => {
    const text = JSON.stringify(next)
    // A `Secret` inside would have been written as its mask, and the root lost.
    if (text.includes('"[secret]"'))
      throw new BrokerError('internal', { detail: `${provider.kind}: root is not plain JSON` })
    const sealed = new Secret(text)
    root(sealed)
    return sealed
  }
  if (rotation.plan)
    return {
      style: 'in-place',
      plan: (text) => seal(rotation.plan(root(text), io(AbortSignal.timeout(1000)))),
      apply: (old, next) => {
        const [from, to] = [root(old), root(next)]
        return call(redactor(from, to), (vendor) => rotation.apply(from, to, vendor))
      },
    }
  return {
    style: 'side-by-side',
    async prepare(text) {
      const parsed = root(text)
      return seal((await call(redactor(parsed), (vendor) => rotation.prepare(parsed, vendor))) as Json)
    },
    retire: (old, current) => {
      const [from, to] = [root(old), root(current)]
      return call(redactor(from, to), (vendor) => rotation.retire(from, to, vendor))
    },
    isSame: (one, other) => rotation.isSame(root(one), root(other)),
  }
}
