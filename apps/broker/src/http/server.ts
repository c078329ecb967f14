import type { FillRandom } from '@credbroker/core/ids'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Caller } from '../application/identity/caller.ts'
import type { UseCases, World } from '../application/use-cases.ts'
import type { AssertionKeyring } from '../ports/assertions.ts'
import type { ConsoleFiles } from '../ports/console-files.ts'
import type { SigningKeyRecord, Told } from '../ports/signing-keys.ts'

/** What each request carries through its handlers. */
export interface RequestVariables {
  requestId: string
  /** Set once token and proof are verified. */
  caller?: Caller
  /** At an OAuth endpoint: the caller came with an access token. */
  byAccessToken?: true
  /** A body without a declared length turned out too long. */
  overLimit?: true
  /** How routes that need a token find out who asks, before they read anything of the body. */
  identify: (c: Context<HttpEnv>) => Promise<Caller>
}

export interface HttpEnv {
  Variables: RequestVariables
}

export type Server = OpenAPIHono<HttpEnv>

/** What routes work with. */
export interface HttpDeps {
  readonly cases: UseCases
  readonly world: World
  readonly issuer: string
  readonly random: FillRandom
  readonly nonces: { issue(now: Date): string }
  readonly jwks: (now: Date) => Promise<object>
  /** Liveness of what the broker stands on. */
  readonly ready: () => Promise<boolean>
  readonly metrics: () => Promise<string>
  readonly console: ConsoleFiles
  readonly checkpoint: {
    readonly name: string
    readonly publicKey: string
    readonly sinks: readonly string[]
  }
  readonly keys: {
    rotate(told: Told): Promise<SigningKeyRecord>
    list(): Promise<readonly SigningKeyRecord[]>
    readonly assertions: AssertionKeyring
    readonly kek: { readonly id: string; readonly source: string }
  }
}
