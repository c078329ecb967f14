import type { KindView } from '@credbroker/core/wire/kinds'
import { useAll } from '../../api/queries.ts'

/** What this broker can work with at vendors. It does not change while it runs. */
export const useVendorKinds = (): readonly KindView[] => useAll<KindView>('/v1/kinds').items
