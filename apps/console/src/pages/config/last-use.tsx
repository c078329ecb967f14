import { Time } from '../../ui/time.tsx'

/** When somebody last had something of it, as far back as the log goes. */
export const LastUse = ({ at }: { readonly at: string | undefined }) =>
  at === undefined ? 'never' : <Time at={at} />
