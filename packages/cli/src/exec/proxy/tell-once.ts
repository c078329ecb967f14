import type { Announcement } from '../announce.ts'
import type { Tell } from './relay.ts'

/** A command that wants to flood whoever reads this does not. */
const MOST = 500

/** One line for each question and each host, however often a tool tries again. */
export function tellOnce(say: (announcement: Announcement) => void): Tell {
  const told = new Set<string>()
  const once = (what: string, announcement: Announcement) => {
    if (told.has(what) || told.size >= MOST) return
    told.add(what)
    say(announcement)
  }
  return {
    waits: ({ scope, host, method }, { id, url, endsAt }) =>
      once(id, {
        event: 'approval',
        text: `${method} at ${host} (${scope}) waits for a person: ${url}`,
        fields: { approval: id, approval_url: url, scope, host, method, ends_at: endsAt },
      }),
    ownCredential: (host) =>
      once(`shown ${host}`, {
        event: 'own-credential',
        text: `a tool showed ${host} a credential of its own, which was not used; look where it came from`,
        fields: { host },
      }),
    refused: (host) =>
      once(`refused ${host}`, {
        event: 'no-way-out',
        text: `${host} was refused: it is no host of a scope of this run (--pass-through lets hosts pass, without credentials)`,
        fields: { host },
      }),
  }
}
