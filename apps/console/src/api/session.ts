/** The token of the session lives in this origin's storage and goes into a header: cookies would reach every port of the machine. */
const KEY = 'credbroker.session'

export interface Started {
  readonly token: string
  readonly user: string
  readonly method: 'passkey' | 'recovery' | 'sso'
}

export const token = (): string | null => localStorage.getItem(KEY)
export const remember = (started: Pick<Started, 'token'>): void => localStorage.setItem(KEY, started.token)
export const forget = (): void => localStorage.removeItem(KEY)

/** Calls back when another tab signs in or out: what this one shows is stale then. */
export function onSessionChange(changed: () => void): () => void {
  const listen = (event: StorageEvent) => (event.key === KEY || event.key === null) && changed()
  addEventListener('storage', listen)
  return () => removeEventListener('storage', listen)
}
