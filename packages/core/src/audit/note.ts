import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'

/** An Ed25519 key that signs notes; where its private half lives is its own affair. */
export interface NoteSigner {
  /** A schema-less URL such as `broker.example/audit`, without spaces and `+`. Of a log it is also the origin. */
  readonly name: string
  readonly publicKey: KeyObject
  /** Ed25519 over exactly these bytes: 64 bytes. */
  sign(data: Buffer): Buffer
}

export interface NoteVerifier {
  readonly name: string
  readonly publicKey: KeyObject
}

export type OpenedNote =
  | { readonly ok: true; readonly text: string; readonly signedBy: readonly NoteVerifier[] }
  | { readonly ok: false; readonly why: 'malformed' | 'unknown_key' | 'bad_signature' }

const ED25519 = 1
const MAX_SIGNATURES = 64
const MAX_LENGTH = 65_536
const KEY_NAME = /^[^\s+\p{Z}\p{C}]{1,200}$/u
const SIGNATURE = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids them
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/

/**
 * Signs a text as a C2SP signed note (https://c2sp.org/signed-note).
 * @throws TypeError when the text does not end in a newline or holds control characters, or the key's name cannot stand in a note
 */
export function signNote(text: string, signer: NoteSigner): string {
  if (!text.endsWith('\n') || CONTROL.test(text) || !text.isWellFormed())
    throw new TypeError('not a note text')
  const id = keyId(signer)
  const signature = signer.sign(Buffer.from(text))
  return `${text}\n— ${signer.name} ${Buffer.concat([id, signature]).toString('base64')}\n`
}

/** Checks every signature by a known key; one that fails spoils the note, those of unknown keys are ignored. */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const end = note.lastIndexOf('\n\n')
  if (
    end < 0 ||
    note.length > MAX_LENGTH ||
    CONTROL.test(note) ||
    !note.isWellFormed() ||
    !note.endsWith('\n')
  ) {
    return { ok: false, why: 'malformed' }
  }
  const text = note.slice(0, end + 1)
  const lines = note.slice(end + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) return { ok: false, why: 'malformed' }
  const signedBy: NoteVerifier[] = []
  for (const line of lines) {
    const [, name, encoded] = SIGNATURE.exec(line) ?? []
    const bytes = Buffer.from(encoded ?? '', 'base64')
    if (!name || bytes.length < 5 || bytes.toString('base64') !== encoded)
      return { ok: false, why: 'malformed' }
    const known = verifiers.find((key) => key.name === name && keyId(key).equals(bytes.subarray(0, 4)))
    if (!known) continue
    if (!verify(null, Buffer.from(text), known.publicKey, bytes.subarray(4))) {
      return { ok: false, why: 'bad_signature' }
    }
    signedBy.push(known)
  }
  return signedBy.length > 0 ? { ok: true, text, signedBy } : { ok: false, why: 'unknown_key' }
}

/** The one-line form in which a public key is pinned: `<name>+<key id in hex>+<base64(0x01 ‖ key)>`. */
export const formatVerifier = (key: NoteVerifier): string =>
  `${key.name}+${keyId(key).toString('hex')}+${encodedKey(key).toString('base64')}`

/** Reads what {@link formatVerifier} wrote. Undefined for anything that is not such an Ed25519 key. */
export function parseVerifier(text: string): NoteVerifier | undefined {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? []
  const bytes = Buffer.from(encoded ?? '', 'base64')
  if (!name || !KEY_NAME.test(name) || bytes.length !== 33 || bytes[0] !== ED25519) return undefined
  if (bytes.toString('base64') !== encoded) return undefined
  const x = bytes.subarray(1).toString('base64url')
  const key = { name, publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) }
  return keyId(key).toString('hex') === id ? key : undefined
}

function keyId(key: NoteVerifier): Buffer {
  if (!KEY_NAME.test(key.name)) throw new TypeError('the name of the key cannot stand in a note')
  return createHash('sha256').update(`${key.name}\n`).update(encodedKey(key)).digest().subarray(0, 4)
}

function encodedKey({ publicKey }: NoteVerifier): Buffer {
  const { crv, x } = publicKey.export({ format: 'jwk' })
  if (crv !== 'Ed25519' || !x) throw new TypeError('not an Ed25519 key')
  return Buffer.concat([Buffer.from([ED25519]), Buffer.from(x, 'base64url')])
}
