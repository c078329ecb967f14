import type { Access, Side } from '@credbroker/core/access'
import type { Json } from '@credbroker/core/canonical-json'
import type { Credential } from '@credbroker/core/credential'
import type { Secret } from '@credbroker/core/secret'
import type { z } from 'zod'
import type { Refusal } from './refusals.ts'
import type { ClientRequest, Upstream, UpstreamReader, UpstreamRequest } from './request.ts'

/**
 * One thing that a request asks of the vendor, as plain JSON: all that is decided upon, approved and sent. Whatever of the
 * request is not in it does not exist any more.
 */
export interface Operation {
  /** Stable: `volumeDelete`, `query.variables`. With the connector's name before it, the action of a policy. */
  readonly name: string
  /** Typed and complete: defaults filled in, variables put in their places. */
  readonly arguments: { readonly [name: string]: Json }
}

/** What an operation does, from the vendor's own catalogue (I4b). Each level must be allowed, and the operation by name too. */
export interface Effect {
  /** Never empty; in the order of `ACCESS`. Unknown is `admin`. */
  readonly access: readonly Access[]
  /** Which copies of the data it reads or changes. */
  readonly touches: readonly Side[]
  /** Which copies are gone afterwards (I5). */
  readonly erases: readonly Side[]
}

export type Fact = boolean | number | string | readonly string[]

/**
 * What the operations of one request touch (I2). `unresolved` is denied, and looks alike for what does not exist, what is
 * somebody else's and what the vendor answered strangely. `nowhere` is what belongs to nobody: a schema, a list of regions.
 */
export type Resolution =
  | {
      readonly is: 'resolved'
      /** Sorted, each once. A broad one says that everything under it is touched. */
      readonly anchors: readonly [string, ...string[]]
      /** Found out from the vendor, for policies and for whoever approves. Names and times, never secrets. */
      readonly facts: { readonly [name: string]: Fact }
    }
  | { readonly is: 'nowhere' }
  | { readonly is: 'unresolved' }

export type Parsed<Op extends Operation> =
  | Refusal
  | { readonly refused?: never; readonly operations: readonly [Op, ...Op[]] }

/** Reading and writing what the vendor speaks. Pure. */
export interface Language<Spec, Op extends Operation> {
  /** The whole request, or nothing: what is not understood to the last byte is refused. Never filters. */
  parse(request: ClientRequest, spec: Spec): Parsed<Op>
  /** A new request from operations alone; parsed again, it gives the same operations. */
  rebuild(operations: readonly [Op, ...Op[]], spec: Spec): UpstreamRequest
}

/** What operations mean. */
export interface Meaning<Spec, Op extends Operation> {
  /** All that a scope of this spec lets anybody call, each with the most that it can do. Pure. */
  operations(spec: Spec): readonly CataloguedOperation[]
  /** Pure. A scope may raise what the catalogue says, never lower it. */
  access(operation: Op, spec: Spec): Effect
  /**
   * With the root, through `reader`; nothing of the client's word is taken for where a thing is.
   *
   * @throws {BrokerError} `vendor_unavailable`, `vendor_refused` from the reader: deny
   */
  resolve(operations: readonly [Op, ...Op[]], spec: Spec, reader: UpstreamReader): Promise<Resolution>
}

/** What a root is found to reach at the vendor, before anything is done with it. The same words as a provider's inspection. */
export interface Reach {
  /** Anchors, each once. Empty with `complete: false` means unreadable. */
  readonly reach: readonly string[]
  readonly complete: boolean
  /** Who the vendor says this is. Not secret. */
  readonly identity: string
  readonly findings: readonly {
    readonly level: 'unsafe' | 'over-broad' | 'advice'
    readonly code: string
    readonly message: string
  }[]
}

/** The vendor's credential is minted by a provider, lives minutes, and never leaves the broker. */
export interface Inner<Root, Spec> {
  /** The kind of provider whose roots this connector works with: `github-app`. */
  readonly provider: string
  /** Roots of the connector’s own kind are taken too, and sent as they are. */
  readonly ownRootsToo?: true
  /** What the provider is asked to mint for a scope: no more than the scope allows. */
  allow(spec: Spec): Json
  /** What was minted, as a root of this connector. */
  root(credential: Credential): Root
  /**
   * Whether the vendor does not know what was minted; asked where nothing was resolved with it. Absent where a 401 says so.
   *
   * @throws {BrokerError} `vendor_unavailable`, `vendor_refused` from the reader
   */
  refuses?(reader: UpstreamReader): Promise<boolean>
}

/** How a root goes out, and how nothing of it comes back. Pure. */
export interface Custody<Root> {
  upstream(root: Root): Upstream
  /**
   * What the root reaches, from the vendor itself (I2). Where a vendor has no way to say, it is all of its host.
   *
   * @throws {BrokerError} `vendor_unavailable`, `vendor_refused` from the reader
   */
  reach(root: Root, reader: UpstreamReader): Promise<Reach>
  /** Takes these, and tokens of the vendor's own form, out of the bytes of one answer (I1). */
  redact(secrets: readonly Secret[]): Redactor
}

/** One answer, chunk by chunk. What could be the beginning of a secret is held back until the next chunk decides. */
export interface Redactor {
  write(chunk: Uint8Array): Uint8Array
  end(): Uint8Array
}

/** One operation with its place in the vocabulary of policies, for those vendors whose operations are known beforehand. */
export interface CataloguedOperation extends Effect {
  readonly name: string
  /** Facts that {@link Meaning.resolve} may say about it. */
  readonly facts?: { readonly [name: string]: 'boolean' | 'number' | 'string' | 'strings' }
}

/**
 * Reads the calls to one vendor. A kind is one file in `kinds/` that default-exports one of these, made with
 * `defineConnector`; the registry is generated from the folder. `Root` is what the operator stores, `Spec` what a scope
 * allows; both are parsed here, strictly, and `Op` never leaves the broker but through {@link Language.rebuild}.
 */
export interface Connector<Root = unknown, Spec = unknown, Op extends Operation = Operation>
  extends Language<Spec, Op>,
    Meaning<Spec, Op>,
    Custody<Root> {
  /** `railway`, `http`: the file's name. */
  readonly kind: string
  /** One line for people. */
  readonly title: string
  /** Whose identities anchor this connector's environments. A provider of the same vendor shares its anchors. */
  readonly vendor: string
  /** The vendor's own names for its interface, for tools that know nothing else. Absent where roots say it. */
  readonly hosts?: readonly string[]
  /** Variables of a credential without which the vendor's own tools do not start. `broker exec` sets them to what is none. */
  readonly placeholders?: readonly string[]
  readonly anchor: { readonly syntax: string; readonly accepts: (anchor: string) => boolean }
  readonly root: z.ZodType<Root>
  readonly spec: z.ZodType<Spec>
  /** Absent where a root is stored and shown as it is. */
  readonly inner?: Inner<Root, Spec>
  /** Absent where scopes declare the operations themselves. */
  readonly catalogue?: readonly CataloguedOperation[]
  /** What this vendor's requests need beyond what everybody may send. */
  readonly limits?: ConnectorLimits
}

export interface ConnectorLimits {
  /** Instead of `LIMITS.bodyBytes`. */
  readonly bodyBytes: number
}

/** A connector whose types the registry has forgotten. */
// biome-ignore lint/suspicious/noExplicitAny: the types of a kind are private to it, and `unknown` is not assignable both ways
export type AnyConnector = Connector<any, any, any>
