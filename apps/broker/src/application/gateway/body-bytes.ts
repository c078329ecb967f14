import type { Connectors } from '@credbroker/connectors/known'
import { LIMITS } from '@credbroker/core/limits'
import type { LiveConfig } from '../config/live-config.ts'

/** How long a body of this scope's calls may be, before anything of it is read: some vendors are sent whole files. */
export const bodyBytesOf =
  ({ config, connectors }: { readonly config: LiveConfig; readonly connectors: Connectors }) =>
  async (scope: string): Promise<number> => {
    const kind = (await config.current()).snapshot.scope(scope)?.connector
    return (kind && connectors.known.get(kind)?.bodyBytes) || LIMITS.bodyBytes
  }
