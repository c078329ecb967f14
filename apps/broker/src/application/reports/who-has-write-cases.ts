import { type WhoHasWriteDeps, whoHasWrite } from './who-has-write.ts'

/** Nothing of a report changes anything. */
export const whoHasWriteCases = ({
  stores,
  ...rest
}: Omit<WhoHasWriteDeps, 'lastUses' | 'pause'> & {
  readonly stores: { readonly lastUses: WhoHasWriteDeps['lastUses'] }
}) => ({
  whoHasWrite: whoHasWrite({
    ...rest,
    lastUses: stores.lastUses,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  }),
})
