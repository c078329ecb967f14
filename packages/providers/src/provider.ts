import type { Access } from '@credbroker/core/access'
import type { Json } from '@credbroker/core/canonical-json'
import type { Credential, CredentialForm } from '@credbroker/core/credential'
import type { Secret } from '@credbroker/core/secret'
import type { z } from 'zod'

/**
 * A vendor that the broker mints at. A kind is one file in `kinds/` that default-exports one of these, made with
 * {@link defineProvider}; the registry is generated from the folder, so nothing else is edited by hand.
 *
 * `Root` is what the operator stores (parsed by {@link Provider.root}), `Spec` what a scope asks for (parsed by
 * {@link Provider.spec}), `Handle` what revocation needs later: plain JSON, sealed with the lease.
 *
 * A capability that a vendor lacks is absent here. It is never a function that does nothing.
 */
export interface Provider<Root = unknown, Spec = unknown, Handle extends Json = Json> {
  /** `postgres-role`, `aws-sts`: the file's name. */
  readonly kind: string
  /** One line for people. */
  readonly title: string
  /** Whose identities anchor this provider's environments: `postgres`, `aws`. Several kinds may share one. */
  readonly vendor: string
  /** What its credentials look like to a client; one provider mints one form. */
  readonly form: CredentialForm
  readonly anchor: AnchorForm
  /** Strict; the values in it are secret as a whole and never echoed. */
  readonly root: z.ZodType<Root>
  /** Strict; what a scope may say. Stored in the clear, shown to people. */
  readonly spec: z.ZodType<Spec>
  /** Strict; given where a handle holds anything. What was sealed with a lease is parsed again before it is used. */
  readonly handle?: z.ZodType<Handle>
  readonly limits: Limits
  /** Present where nothing secret is stored, because the vendor trusts the broker's own issuer. */
  readonly federation?: Federation
  readonly inspect: (root: Root, io: VendorIo) => Promise<Inspection>
  readonly assess: (root: Root, spec: Spec, io: VendorIo) => Promise<Assessment>
  readonly mint: (root: Root, spec: Spec, order: MintOrder, io: VendorIo) => Promise<Minted<Handle>>
  readonly revocation?: Revocation<Root, Spec, Handle>
  readonly sweep?: Sweep<Root>
  readonly rotation?: Rotation<Root>
}

/** How a vendor-side identity is written: segments joined by `/`, broad before narrow, so that a prefix covers what follows. */
export interface AnchorForm {
  /** For people and for the JSON Schema: `<system identifier>/<database>`. */
  readonly syntax: string
  /** Whether a text is a well-formed anchor of this vendor, fully spelled. */
  readonly accepts: (anchor: string) => boolean
}

export interface Limits {
  /** The shortest credential the vendor can issue (STS: 900). 0 where there is no floor. */
  readonly minTtlSeconds: number
  readonly maxTtlSeconds: number
  /** After a mint timed out, how long the vendor may still create it (I7). */
  readonly settleSeconds: number
  /** Whether a lease can be found at the vendor by its name after a crash. False means `dead_by` is all we know. */
  readonly findable: boolean
  /**
   * False: the vendor never ends it, and only the broker does. Such a kind is findable and swept, and what it mints
   * is never handed out.
   */
  readonly endsByItself?: false
}

/**
 * The vendor takes assertions of the broker (OpenID Connect) in place of a credential. `Root` is then configuration: which
 * identities at the vendor trust which root of which environment is the vendor's own record.
 */
export interface Federation {
  /** The one `aud` of its assertions. */
  readonly audience: string
  /** What the vendor reads about the work, in claims of its own, named by URIs. They never replace one of the broker's. */
  readonly claims?: (work: WorkLabels) => Readonly<Record<`https://${string}`, Json>>
}

/** A signed statement of which root of which environment asks. It lives for minutes and is shown to its vendor only. */
export interface Assertion {
  /** A JWT, RS256, by the key of that environment's issuer. */
  readonly token: Secret
  readonly issuer: string
  readonly subject: string
}

/** What a provider may use of the outside world. Clock, randomness and the network come from here, so that tests pass values. */
export interface VendorIo {
  readonly now: () => Date
  readonly random: (bytes: number) => Uint8Array
  /** Aborts when the deadline of the call is over; a provider passes it on or checks it between steps. */
  readonly signal: AbortSignal
  /** Loopback and private addresses are refused unless the operator set the unsafe switch of that name. */
  readonly allowPrivateUpstreams: boolean
  /**
   * Present for kinds with {@link Provider.federation}. A `stranger` is nobody that an operator would name: whoever trusts
   * that one trusts every root of the environment.
   *
   * @throws {BrokerError} `root_unusable` where the environment has no issuer, or no longer
   */
  readonly assert?: (as?: 'root' | 'stranger') => Promise<Assertion>
  /** Absent: nothing is kept from one call to the next. */
  readonly shelf?: Shelf
}

/** Keeps for some seconds what is costly to open, such as a connection, and closes what nobody takes. */
export interface Shelf {
  /**
   * What was put there last for exactly this owner; it is the caller's alone from then on. `owner` says all that the
   * thing depends on, the secret among it; of it only a keyed hash is kept, in memory.
   */
  take(owner: string): Keepable | undefined
  put(owner: string, thing: Keepable): void
  /** Closes all that is there of this owner. */
  clear(owner: string): void
}

export interface Keepable {
  close(): unknown
}

/** What the vendor itself says a root can reach and do. Read at intake, by `root check`, and before trust is placed in it again. */
export interface Inspection {
  /** Every anchor the root can act on, in the form of {@link AnchorForm}. Empty with `complete: false` means unreadable. */
  readonly reach: readonly string[]
  readonly complete: boolean
  /** Who the vendor says this is: a role name, an ARN. Not secret. */
  readonly identity: string
  readonly findings: readonly Finding[]
}

export interface Finding {
  /** `over-broad`: more power than minting needs · `unsafe`: nothing may be minted until it is changed · `advice`. */
  readonly level: 'unsafe' | 'over-broad' | 'advice'
  /** Stable, for programs: `superuser`, `public-connect`, `iam-write`. */
  readonly code: string
  /** What is so, and what to change, in one or two sentences. Names only, no secret. */
  readonly message: string
}

/** What a credential minted for this scope could do, computed from the vendor's own catalogue (I4b). What cannot be determined is `admin`. */
export interface Assessment {
  readonly access: readonly Access[]
  /** Why each level above `read` is there: `{ access: 'write', because: 'INSERT on public.orders' }`. At most 20 are kept. */
  readonly evidence: readonly { readonly access: Access; readonly because: string }[]
  /** What the credential could reach, as anchors: all must belong to the scope's environment, or it is refused (I2). */
  readonly reach: readonly string[]
  readonly findings: readonly Finding[]
}

export interface MintOrder {
  /** `brk_<deployment>_<lease>_<mac>`: at most 63 characters of `[a-z0-9_]`; the name to use at the vendor. */
  readonly name: string
  readonly expiresAt: Date
  readonly ttlSeconds: number
  /**
   * What was decided. The provider looks again while it mints, and throws `reach_refused` where the credential could
   * reach an anchor outside `anchors` (I2) or do more than `access` (I4b): privileges change between decision and mint.
   */
  readonly within: { readonly anchors: readonly string[]; readonly access: readonly Access[] }
  /** For the vendor's own log: who is accountable and for what. Identifiers only, `[A-Za-z0-9_.:@=-]`. */
  readonly labels: WorkLabels
}

export interface WorkLabels {
  readonly agent: string
  readonly owner: string
  readonly task: string
  readonly environment: string
}

export interface Minted<Handle extends Json = Json> {
  readonly credential: Credential
  /** All that revocation needs besides root and name. Sealed with the lease, so it may hold secrets. */
  readonly handle: Handle
  /** When the vendor itself ends it, never later than asked; where it never does, when the broker is to. */
  readonly expiresAt: Date
}

/** Two separate facts, said honestly (I8). Revocation is tried again until both hold. */
export interface RevocationResult {
  /** Nobody can begin anything with it any more. */
  readonly credentialDead: boolean
  /** Nothing that began with it goes on: no session, and nothing it left at the vendor acts in its name. */
  readonly sessionsDead: boolean
  /** For operators: what stands in the way, or where it went when all is dead, and what to change. Names only. */
  readonly remains?: readonly string[]
  /** Where the vendor needs time: no later than this everything is dead by itself. */
  readonly deadBy?: Date
}

/** Ends one lease. Idempotent; a lease that the vendor does not know is dead. `handle` is absent when the mint's answer was lost. */
export interface Revocation<Root = unknown, Spec = unknown, Handle extends Json = Json> {
  /**
   * Whether, with this root, a live credential can be ended before its own end (I3): then the vendor's floor may outlive
   * a grant. Absent where every root can.
   */
  canEndSessions?(root: Root): boolean
  revoke(root: Root, lease: LeaseAtVendor<Spec, Handle>, io: VendorIo): Promise<RevocationResult>
}

export interface LeaseAtVendor<Spec = unknown, Handle extends Json = Json> {
  readonly name: string
  readonly spec: Spec
  readonly expiresAt: Date
  readonly handle?: Handle
}

/** Finds what crashed mints left. Returns every name at the vendor that starts with `prefix`; the caller checks the MAC. */
export interface Sweep<Root = unknown> {
  /** Where the vendor counts questions: how long after one look the next may wait. Absent: a minute. */
  readonly everySeconds?: number
  find(root: Root, prefix: string, io: VendorIo): Promise<readonly string[]>
}

/** Replaces a root's own credential at the vendor. Which of the two it is, the vendor decides; callers look for `plan`. */
export type Rotation<Root = unknown> = SideBySideRotation<Root> | InPlaceRotation<Root>

/**
 * The vendor makes the new credential and keeps both for a while. `prepare` makes and proves it, and first ends what an
 * earlier `prepare`, whose answer was lost, left behind; `retire` ends the old one once the new one is durable.
 */
export interface SideBySideRotation<Root = unknown> {
  prepare(root: Root, io: VendorIo): Promise<Root>
  retire(old: Root, current: Root, io: VendorIo): Promise<void>
  /** Whether both are one credential at the vendor, whatever else they say: then ending one ends the other. */
  isSame(one: Root, other: Root): boolean
  readonly plan?: never
}

/**
 * The vendor keeps one credential, and we choose it. `plan` calls nobody: its answer, in the form that
 * {@link Provider.root} parses, must be durable beside the old one before `apply` changes the vendor. `apply` proves the
 * new one, and is safe to repeat after a crash, whichever of the two the vendor holds by then. The old one dies with it.
 */
export interface InPlaceRotation<Root = unknown> {
  plan(root: Root, io: VendorIo): Json
  apply(old: Root, next: Root, io: VendorIo): Promise<void>
  readonly prepare?: never
}

/** A provider whose types the registry has forgotten. The guard parses whatever goes in. */
// biome-ignore lint/suspicious/noExplicitAny: the types of a kind are private to it, and `unknown` is not assignable both ways
export type AnyProvider = Provider<any, any, any>

/** Keeps the types of one kind together. */
export function defineProvider<Root, Spec, Handle extends Json>(
  provider: Provider<Root, Spec, Handle>,
): Provider<Root, Spec, Handle> {
  return provider
}
