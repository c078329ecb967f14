import type { RefusalCode } from '@credbroker/connectors/refusals'

/** One request as its bytes stand on the wire, below `/gateway/<scope>`, and what becomes of it. */
export interface Case {
  readonly method?: string
  readonly target: string
  /** Besides those that every client sends. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string | Uint8Array
  /**
   * A refusal of the connector; `framing`: the server does not take it for a request at all; otherwise what the upstream
   * receives, and nothing else.
   */
  readonly verdict:
    | RefusalCode
    | 'framing'
    | { readonly method: string; readonly target: string; readonly body?: unknown }
}

export type Cases = Readonly<Record<string, Case>>

export const JSON_TYPE = [['Content-Type', 'application/json']] as const
