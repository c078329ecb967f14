import type { CredentialAnswer } from '@credbroker/core/wire/credentials'

/** How tools ask for a credential and read it; `url` and `env` are for people and scripts. */
export const HELPER_FORMS = ['credential-process', 'exec-credential', 'git', 'docker', 'url', 'env'] as const
export type HelperForm = (typeof HELPER_FORMS)[number]

/** What a tool asks its helper. */
export interface Asked {
  readonly scope: string
  /** Left out: what fits the scope. */
  readonly form?: HelperForm
  /** The verb of git's and docker's protocols. */
  readonly action?: string
  /** What it wrote to standard input. */
  readonly input?: string
  /** In which version kubectl wants its answer: `KUBERNETES_EXEC_INFO`. */
  readonly info?: string
}

/** What the tool reads, byte for byte, and what its user does. */
export interface Said {
  readonly out: string
  readonly err?: string
  readonly code: number
}

/** Makes the lease, or renews it, when the tool needs one. */
export type Mint = () => Promise<CredentialAnswer>
export type Helper = (asked: Asked, mint: Mint) => Promise<Said>

export const said = (out: string): Said => ({ out, code: 0 })
/** Helpers keep nothing: the credential is made when it is needed. */
export const KEEPS_NOTHING =
  'credbroker keeps no credentials of others: what it has, it makes when it is asked'
