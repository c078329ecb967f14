import type { CredentialForm } from '@credbroker/core/credential'
import type { Io } from '@credbroker/sdk/io'
import type { Lease } from '@credbroker/sdk/lease'
import type { LeaseHandle } from '@credbroker/sdk/lease-handle'
import type { PrivateDirectory } from '../exec/private-directory.ts'
import type { HelperProgram } from '../helpers/helper-program.ts'

/** A scope with the lease it has now and the handle that renews it. */
export interface Leased {
  readonly handle: LeaseHandle
  readonly lease: Lease
}

/** What a deliverer may use of the run. */
export interface RunTools {
  readonly files: PrivateDirectory
  readonly io: Io
  readonly helper: HelperProgram
  /** Where the command finds programs. */
  readonly path: string
  /** URLs of the git remotes of the directory where the command works. */
  readonly remotes: () => Promise<readonly string[]>
}

/** Tools that name no repository get the first of these scopes at this host, and nothing said which one is meant. */
export interface Guess {
  readonly host: string
  readonly scopes: readonly string[]
}

export interface Delivery {
  /** Variables for the child; an undefined one is not inherited either. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where it listens on loopback. */
  readonly ports?: readonly number[]
  readonly guesses?: readonly Guess[]
  /** Stops renewing and serving. */
  stop(): void
}

/**
 * Gives credentials of one form to a child process in the way its own tools expect. Called also with no scopes: then it
 * closes the ways by which those tools would find other credentials. `leased` is in the order the scopes were asked for;
 * the first is the default where a tool wants one.
 */
export interface Deliverer {
  readonly form: CredentialForm
  readonly deliver: (leased: readonly Leased[], run: RunTools) => Promise<Delivery>
}
