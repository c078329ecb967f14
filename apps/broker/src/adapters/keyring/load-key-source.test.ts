import { randomFillSync } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { needs } from '../../../../../test/harness/services.ts'
import { generateKek } from './kek.ts'
import { createKeyfile, readKeyfile, rotateKeyfile } from './keyfile.ts'
import { type KeySettings, loadKeySource } from './load-key-source.ts'

const notRoot = await needs('root')
const random = (bytes: Uint8Array) => randomFillSync(bytes)
const home = mkdtempSync(join(tmpdir(), 'credbroker-key-'))
afterAll(() => rmSync(home, { recursive: true }))

let count = 0
const fresh = () => join(home, `file-${count++}`)
function keyfile(path = fresh()): string {
  createKeyfile(path, { current: generateKek(random) })
  return path
}
function file(text: string, mode = 0o400): string {
  const path = fresh()
  writeFileSync(path, text, { mode })
  return path
}
const load = (settings: Partial<KeySettings>) => loadKeySource({ dataDirectories: [], ...settings }, random)

describe('a keyfile', () => {
  it('is written for its owner alone and gives the same key again', async () => {
    const path = fresh()
    const kek = generateKek(random)
    createKeyfile(path, { current: kek })
    expect(statSync(path).mode & 0o777).toBe(0o400)
    const read = await load({ keyfile: path }).current()
    expect(read.kek.key.equals(kek.key)).toBe(true)
    expect(read.slot).toEqual({ keyId: kek.id })
  })

  it('is never overwritten', () => {
    const path = keyfile()
    expect(() => keyfile(path)).toThrow('EEXIST')
  })

  it.each([0o440, 0o404, 0o420, 0o402, 0o644])('is refused with mode %o', (mode) => {
    const path = keyfile()
    chmodSync(path, mode)
    expect(() => load({ keyfile: path })).toThrow('BROKER_KEYFILE: can be read or written by group or others')
  })

  it.skipIf(notRoot)('is refused when it belongs to another user', () => {
    const path = keyfile()
    chownSync(path, 65534, 65534)
    expect(() => load({ keyfile: path })).toThrow('BROKER_KEYFILE: belongs to another user')
  })

  it('is refused inside the data directory, also behind a link', () => {
    const data = join(home, 'data')
    mkdirSync(join(data, 'deep'), { recursive: true })
    const inside = keyfile(join(data, 'deep', 'key'))
    const link = fresh()
    symlinkSync(inside, link)
    for (const path of [inside, link])
      expect(() => load({ keyfile: path, dataDirectories: [data] })).toThrow(
        'lies beside the data it protects',
      )
    expect(() =>
      load({ keyfile: keyfile(join(home, 'data-key')), dataDirectories: [data, '/nowhere'] }),
    ).not.toThrow()
  })

  it('is refused without an echo when it is missing, a directory, too large or something else', () => {
    expect(() => load({ keyfile: join(home, 'none') })).toThrow('BROKER_KEYFILE: no such file')
    expect(() => load({ keyfile: home })).toThrow('is not a regular file')
    expect(() => load({ keyfile: file('x'.repeat(5000)) })).toThrow('is too large')
    const key = Buffer.alloc(32, 7).toString('base64url')
    const current = { id: 'k1', key }
    const format = 'credbroker-keyfile/1'
    const malformed = [
      'canary-text',
      JSON.stringify(null),
      JSON.stringify({ format: 'other', current }),
      JSON.stringify({ format, current: { id: 'k1', key: `${key}AA` } }),
      JSON.stringify({ format, current: { id: 'k1', key: key.slice(0, 20) } }),
      JSON.stringify({ format, current: { id: 'k1', key: `${key}=` } }),
      JSON.stringify({ format, current: { id: 'k 1', key } }),
      JSON.stringify({ format, current, previous: current }),
      JSON.stringify({ format, current, extra: 1 }),
      JSON.stringify({ format, current: { ...current, extra: 1 } }),
    ]
    for (const text of malformed)
      expect(() => load({ keyfile: file(text) })).toThrow(
        /^BROKER_KEYFILE: is not a keyfile of format \S+\.$/,
      )
  })

  it('keeps the old key as previous when it rotates, and refuses to rotate again before the deployment has moved', () => {
    const path = keyfile()
    const { current: first } = readKeyfile('k', path, [])
    const rotated = rotateKeyfile(path, first.id, random)
    const read = readKeyfile('k', path, [])
    expect([read.current.id, read.previous?.id]).toEqual([rotated.current.id, first.id])
    expect(read.previous?.key.equals(first.key)).toBe(true)
    expect(() => rotateKeyfile(path, first.id, random)).toThrow('Finish the last key rotation first.')
    expect(readFileSync(path, 'utf8')).toContain(first.id)
  })
})

describe('a passphrase file', () => {
  it('counts one line without its end', async () => {
    const { slot, kek } = await load({ passphraseFile: file('correct horse battery\n') }).current()
    const again = async (text: string) => {
      const [own] = await load({ passphraseFile: file(text) }).unlock(slot)
      return own?.key.equals(kek.key)
    }
    expect(await again('correct horse battery')).toBe(true)
    expect(await again('correct horse battery\r\n')).toBe(true)
    expect(await again('correct horse batterz')).toBe(false)
  })

  it('is refused when short, of several lines, or open to others', () => {
    expect(() => load({ passphraseFile: file('short\n') })).toThrow('holds fewer than 16 characters')
    expect(() => load({ passphraseFile: file('correct horse\nbattery staple\n') })).toThrow(
      'more than one line',
    )
    expect(() => load({ passphraseFile: file('correct horse battery', 0o644) })).toThrow('chmod 0400')
  })
})

describe('the settings', () => {
  it('must name exactly one source: there is no mode without a key', () => {
    expect(() => load({})).toThrow('BROKER_KEYFILE: no key source is set.')
    expect(() => load({ keyfile: 'a', passphraseFile: 'b' })).toThrow('set only one of')
  })

  it('take an AWS KMS key by its ARN alone, and not beside another source', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'
    expect(load({ kmsKeyArn }).setting).toBe('BROKER_KMS_KEY_ARN')
    expect(() => load({ kmsKeyArn, keyfile: 'a' })).toThrow('set only one of')
    for (const text of ['canary', `${kmsKeyArn}\n`, 'arn:aws:s3:::canary', kmsKeyArn.replace('key/', '')])
      expect(() => load({ kmsKeyArn: text })).toThrow(/^BROKER_KMS_KEY_ARN: is not the ARN of a KMS key\.$/)
  })
})
