import type { Json } from '@credbroker/core/canonical-json'
import type { ConfigDocument, PolicySource } from '@credbroker/core/config/document'
import type { IntakeDeps } from '../roots/intake-root.ts'
import type { RootVault } from '../roots/root-vault.ts'

export interface PrepareDeps extends IntakeDeps {
  readonly vault: RootVault
}

export interface ConfigOrder {
  readonly config: ConfigDocument
  readonly policies: readonly PolicySource[]
  /** Credentials by root name, for roots that are new or replaced. */
  readonly secrets: { readonly [root: string]: Json }
}
