import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { BrokerError } from '@credbroker/core/errors'
import type { FillRandom } from '@credbroker/core/ids'
import { generateKek, type Kek, makeKek } from './kek.ts'
import type { KeySource } from './key-source.ts'
import { readPrivateFile, refusal } from './private-file.ts'

/** `previous` opens what is not yet wrapped anew after a rotation. */
export interface Keyfile {
  readonly current: Kek
  readonly previous?: Kek
}

/** `{"format":"credbroker-keyfile/1","current":{"id":"kek_…","key":"<43 base64url>"},"previous":{…}}` */
const FORMAT = 'credbroker-keyfile/1'

/** @throws BrokerError `config_invalid` when the file is missing, open to others, misplaced or malformed. */
export function readKeyfile(setting: string, path: string, forbidden: readonly string[]): Keyfile {
  const bytes = readPrivateFile(setting, path, forbidden)
  try {
    const { format, current, previous, ...rest } = JSON.parse(bytes.toString())
    if (format !== FORMAT || Object.keys(rest).length > 0) throw new TypeError()
    if (previous === undefined) return { current: parseKey(current) }
    if (previous.id === current.id) throw new TypeError()
    return { current: parseKey(current), previous: parseKey(previous) }
  } catch {
    // The parser's own message quotes the text.
    throw refusal(setting, `is not a keyfile of format ${FORMAT}`)
  } finally {
    bytes.fill(0)
  }
}

function parseKey({ id, key, ...rest }: { id: string; key: string }): Kek {
  const bytes = Buffer.from(key, 'base64url')
  if (bytes.toString('base64url') !== key || Object.keys(rest).length > 0) throw new TypeError()
  return makeKek(id, bytes)
}

/** Writes a new keyfile, 0400. Refuses to replace one: a lost key is a lost fleet. */
export const createKeyfile = (path: string, keyfile: Keyfile): void => write(path, keyfile)

/**
 * Puts a fresh current key into an existing keyfile and keeps the old one as previous, in one rename. `inUse`: the key
 * id of the deployment's record; until everything is wrapped under the file's current key, another rotation would
 * throw the only key away.
 * @throws BrokerError `conflict` in that case.
 */
export function rotateKeyfile(path: string, inUse: string, random: FillRandom): Keyfile {
  const { current } = readKeyfile('keyfile', path, [])
  if (current.id !== inUse)
    throw new BrokerError('conflict', { detail: 'Finish the last key rotation first.' })
  const next = { current: generateKek(random), previous: current }
  const temporary = `${path}.${next.current.id}`
  write(temporary, next)
  renameSync(temporary, path)
  syncDirectory(path)
  return next
}

function write(path: string, { current, previous }: Keyfile): void {
  const file = openSync(path, 'wx', 0o400)
  try {
    writeSync(
      file,
      `${JSON.stringify({ format: FORMAT, current: show(current), previous: previous && show(previous) })}\n`,
    )
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  syncDirectory(path)
}

const show = ({ id, key }: Kek) => ({ id, key: key.export().toString('base64url') })

function syncDirectory(path: string): void {
  const directory = openSync(dirname(path), 'r')
  fsyncSync(directory)
  closeSync(directory)
}

/** Keys from a keyfile. A slot made with a passphrase opens too, when its key was recovered into the file. */
export function keyfileSource(setting: string, { current, previous }: Keyfile): KeySource {
  const keys = previous ? [current, previous] : [current]
  return {
    setting,
    current: async () => ({ kek: current, slot: { keyId: current.id } }),
    async unlock({ keyId }) {
      const own = keys.find(({ id }) => id === keyId)
      return own ? [own, ...keys.filter((key) => key !== own)] : []
    },
  }
}
