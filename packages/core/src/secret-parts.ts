import type { Json } from './canonical-json.ts'
import { type Credential, secretPart } from './credential.ts'
import { Secret } from './secret.ts'

/** Shorter ones would be found everywhere, and no vendor's credential is this short. */
const SHORTEST = 8
const SECRET_MEMBER = /^(password|passphrase|secret|token|sessionToken|secretAccessKey|privateKey|key)$/

/** What of a minted credential somebody could find, and use: the identifying part, and what else is secret by itself. */
export const credentialParts = (credential: Credential): readonly Secret[] => [
  secretPart(credential),
  ...(credential.form === 'aws' ? [credential.secretAccessKey] : []),
]

/** The same of a root as it is stored: a document whose secret members are called so, or a URL with a password. */
export function rootParts(root: Json): readonly Secret[] {
  const parts = typeof root === 'string' ? [root, ...passwordIn(root)] : membersOf(root)
  return [...new Set(parts.map(asFound))]
    .filter((part) => part.length >= SHORTEST)
    .map((part) => new Secret(part))
}

/** What a found text may be a secret part as: itself, what follows a scheme's name, the password of a URL. */
export function spellingsOf(found: Secret): readonly Secret[] {
  const text = asFound(found.expose())
  const bare = /^(?:Bearer|Token|Basic|DPoP) +(\S+)$/i.exec(text)?.[1]
  const all = [text, ...(bare ? [bare] : []), ...passwordIn(text)]
  return [...new Set(all)].filter((part) => part.length >= SHORTEST).map((part) => new Secret(part))
}

function membersOf(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(membersOf)
  return Object.entries(value).flatMap(([name, member]) => {
    if (typeof member !== 'string') return membersOf(member ?? null)
    return SECRET_MEMBER.test(name) ? [member] : passwordIn(member)
  })
}

/** Files keep the lines of a key escaped, or end them as Windows does. */
const asFound = (text: string): string => text.replaceAll('\\n', '\n').replaceAll('\r\n', '\n').trim()

function passwordIn(text: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text)?.password : undefined
  if (!password) return []
  try {
    return [decodeURIComponent(password)]
  } catch {
    return [password]
  }
}
