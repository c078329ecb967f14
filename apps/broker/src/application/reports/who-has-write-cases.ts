import type { LastUses } from '../../ports/last-uses.ts'
import { type WhoHasWriteDeps, whoHasWrite } from './who-has-write.ts'

/** Nothing of a report changes anything. */
export const whoHasWriteCases = ({
  stores,
  ...rest
}: Omit<WhoHasWriteDeps, 'lastUses' | 'pause'> & { readonly stores: { readonly lastUses: LastUses } }) => ({
  whoHasWrite: whoHasWrite({
    ...rest,
    lastUses: stores.lastUses,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  }),
})
