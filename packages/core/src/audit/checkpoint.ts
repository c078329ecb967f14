import { type NoteSigner, type NoteVerifier, openNote, signNote } from './note.ts'

/** What the log says of itself at one size. Whoever holds one can tell later whether history was changed. */
export interface Checkpoint {
  /** Which log: the name of its key. */
  readonly origin: string
  /** Number of records. */
  readonly size: number
  /** RFC 6962 root hash, 32 bytes. */
  readonly root: Buffer
  /** Which configuration was in force, as its manifest counts; not every checkpoint says. */
  readonly config?: number | undefined
}

export type OpenedCheckpoint =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly note: string }
  | {
      readonly ok: false
      readonly why: 'malformed' | 'unknown_key' | 'bad_signature' | 'other_log'
    }

/**
 * A C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint), signed; its origin is the key's name. What is known of the
 * configuration goes into an extension line.
 */
export function signCheckpointNote(size: number, root: Buffer, signer: NoteSigner, config?: number): string {
  const extension = config === undefined ? '' : `config ${config}\n`
  return signNote(`${signer.name}\n${size}\n${root.toString('base64')}\n${extension}`, signer)
}

/** Reads a checkpoint and believes it only if one of these keys signed it and it is about the log of that key. */
export function openCheckpoint(note: string, verifiers: readonly NoteVerifier[]): OpenedCheckpoint {
  const opened = openNote(note, verifiers)
  if (!opened.ok) return opened
  const [origin = '', digits = '', encoded = '', ...rest] = opened.text.slice(0, -1).split('\n')
  const size = Number(digits)
  const root = Buffer.from(encoded, 'base64')
  const formed =
    /^(?:0|[1-9]\d{0,15})$/.test(digits) &&
    Number.isSafeInteger(size) &&
    root.length === 32 &&
    root.toString('base64') === encoded &&
    rest.every((line) => line !== '')
  if (!formed || origin === '') return { ok: false, why: 'malformed' }
  if (!opened.signedBy.some((key) => key.name === origin)) return { ok: false, why: 'other_log' }
  const config = rest.flatMap((line) => /^config (\d{1,15})$/.exec(line)?.slice(1).map(Number) ?? [])[0]
  return { ok: true, checkpoint: { origin, size, root, config }, note }
}

/**
 * Finds what looks like checkpoint notes in a text, in their order, whatever stands between them: a file that
 * checkpoints are appended to, where a crash may have left half a note. Believe none before {@link openCheckpoint}.
 */
export const findCheckpointNotes = (text: string): string[] =>
  text.replaceAll('\r\n', '\n').match(/[^\n]+\n\d+\n[A-Za-z0-9+/=]+\n(?:[^\n]+\n)*\n(?:— \S+ \S+\n)+/g) ?? []
