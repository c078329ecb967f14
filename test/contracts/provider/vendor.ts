import type { Json } from '@credbroker/core/canonical-json'
import type { Credential } from '@credbroker/core/credential'
import type { AskingRoot, SignAssertion } from '@credbroker/providers/guard/assertion'
import type { AnyProvider } from '@credbroker/providers/provider'

/** What a kind's test brings: a real vendor (or the closest real server) and eyes on it that do not go through the kind. */
export interface VendorUnderTest {
  /** A healthy, least-privilege root, as an operator stores it. */
  readonly root: Json
  /** The same root, reaching the vendor through a TCP proxy on this port of 127.0.0.1. Absent: no fault tests. */
  readonly rootThrough?: (port: number) => Json
  /** Where the vendor listens, for that proxy. */
  readonly upstream?: { readonly host: string; readonly port: number }
  /** For kinds whose vendor trusts the broker's issuer: who signs, and for which root. */
  readonly federated?: AskingRoot & { readonly sign: SignAssertion }
  /** A root with more power than minting needs. */
  readonly overBroadRoot: Json
  /** Every secret text in the roots: none may ever be printed. */
  readonly rootSecrets: readonly string[]
  readonly spec: Json
  /** The identities of the environment that root and spec belong to. */
  readonly anchors: readonly string[]
  /** Identities of another environment at the same vendor, well-formed. */
  readonly foreignAnchors: readonly string[]
  /** Whether the vendor lets this credential in, tried afresh. */
  works(credential: Credential): Promise<boolean>
  /** Begins something that outlives the login: a session. Absent where every call proves itself anew. */
  openSession?(credential: Credential): Promise<VendorSession>
  /** Whether the vendor knows this name. Absent where nothing can be found by name. */
  exists?(name: string): Promise<boolean>
  /** Makes, past the broker, something at the vendor under this name, and says how to remove it. */
  plant?(name: string): Promise<() => Promise<void>>
  /** Where the vendor's clock can be moved, so that floors of minutes need no waiting. */
  advance?(seconds: number): Promise<void>
  close(): Promise<void>
}

interface VendorSession {
  /** Whether the session can still do what it could. */
  alive(): Promise<boolean>
  close(): Promise<void>
}

export interface Bench {
  readonly provider: AnyProvider
  /** Set by `beforeAll`. */
  vendor: VendorUnderTest
}
