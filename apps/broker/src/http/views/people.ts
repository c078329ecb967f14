import type { SessionUser } from '../../application/identity/caller.ts'
import type { Began } from '../../application/people/begin-session.ts'
import type { ListedPasskey } from '../../application/people/list-passkeys.ts'
import type { ListedSession } from '../../application/people/list-sessions.ts'

export const viewBegan = ({ token, session: { body } }: Began) => ({
  token: token.expose(),
  session: body.id,
  user: body.user,
  method: body.method,
  ends_at: body.endsAt,
})

export const viewPasskey = ({ passkey, usedAt, intact }: ListedPasskey) => ({
  id: passkey.id,
  user: passkey.user,
  name: passkey.name,
  synced: passkey.synced,
  created_at: passkey.createdAt,
  ...(usedAt && { used_at: usedAt.toISOString() }),
  ...(passkey.invitedBy !== null && { invited_by: passkey.invitedBy }),
  tampered: !intact,
})

export const viewSession = ({ session, intact }: ListedSession, current: string | undefined) => ({
  id: session.id,
  user: session.user,
  method: session.method,
  created_at: session.createdAt,
  seen_at: session.seenAt,
  ends_at: session.endsAt,
  ...(session.address !== null && { address: session.address }),
  ...(session.browser !== null && { browser: session.browser }),
  current: session.id === current,
  tampered: !intact,
})

export const viewSessionUser = ({ name, roles, session }: SessionUser) => ({
  principal: `user:${name}`,
  roles: [...roles],
  session: {
    id: session.id,
    method: session.method,
    amr: [...session.amr],
    stepped_up: session.fresh,
    ends_at: session.endsAt.toISOString(),
  },
})
