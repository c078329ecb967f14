import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCheckpointNotes, openCheckpoint, signCheckpointNote } from './checkpoint.ts'
import { formatVerifier, type NoteSigner, openNote, parseVerifier, signNote } from './note.ts'

// The published example key of Go's golang.org/x/mod/sumdb/note, which C2SP signed notes come from.
const VERIFIER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const SEED = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const NOTE = `${TEXT}
— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`
const known = parseVerifier(VERIFIER)
if (!known) throw new Error('the example key must parse')

const makeSigner = (name: string): NoteSigner => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { name, publicKey, sign: (data) => sign(null, data, privateKey) }
}
const ours = makeSigner('broker.example/audit')
const other = makeSigner('other.example/audit')

describe('a signed note', () => {
  it('is byte for byte the one that the Go reference makes with the same key', () => {
    const der = Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.from(SEED, 'base64').subarray(1),
    ])
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    const signer = { ...known, sign: (data: Buffer) => sign(null, data, privateKey) }
    expect(signNote(TEXT, signer)).toBe(NOTE)
    expect(openNote(NOTE, [known])).toEqual({ ok: true, text: TEXT, signedBy: [known] })
    expect(formatVerifier(known)).toBe(VERIFIER)
  })

  it('opens for no changed byte', () => {
    const bytes = Buffer.from(NOTE)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] as number) ^ mask
        expect(openNote(changed.toString('utf8'), [known]).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  it('ignores signatures of unknown keys, needs one of a known key, and is spoilt by a wrong one', () => {
    const foreign = signNote(TEXT, other).slice(TEXT.length + 1)
    expect(openNote(NOTE + foreign, [known])).toMatchObject({ ok: true, signedBy: [known] })
    expect(openNote(NOTE, [other])).toEqual({ ok: false, why: 'unknown_key' })
    const wrong = signNote('another text\n', other).slice('another text\n'.length + 1)
    expect(openNote(NOTE + wrong, [known, other])).toEqual({ ok: false, why: 'bad_signature' })
  })

  it.each([
    ['', 'nothing'],
    [TEXT, 'no signature'],
    [`${TEXT}\n`, 'an empty signature block'],
    [NOTE.slice(0, -1), 'no final newline'],
    [NOTE.replace('—', '-'), 'a hyphen'],
    [NOTE.replace('\n\n', '\r\n\r\n'), 'a carriage return'],
    [`${TEXT}\n${'— x AAAAAAAA\n'.repeat(65)}`, 'too many signatures'],
  ])('is malformed with %j (%s)', (note) => {
    expect(openNote(note, [known])).toEqual({ ok: false, why: 'malformed' })
  })

  it('is not made of a text or a name that could be read in two ways', () => {
    expect(() => signNote('no newline', ours)).toThrow(TypeError)
    expect(() => signNote('tab\t\n', ours)).toThrow(TypeError)
    for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u2003b']) {
      expect(() => signNote('x\n', { ...ours, name })).toThrow(TypeError)
    }
  })

  it('takes a pinned key only whole and unchanged', () => {
    for (let at = 0; at < VERIFIER.length; at++) {
      expect(parseVerifier(VERIFIER.slice(0, at))).toBeUndefined()
      const changed = String.fromCharCode(VERIFIER.charCodeAt(at) + 1)
      expect(parseVerifier(VERIFIER.slice(0, at) + changed + VERIFIER.slice(at + 1))).toBeUndefined()
    }
    expect(parseVerifier(formatVerifier(ours))?.name).toBe(ours.name)
  })
})

describe('a checkpoint', () => {
  const root = Buffer.alloc(32, 7)

  it('is origin, size and root on three lines under a signature', () => {
    const note = signCheckpointNote(20852163, root, ours)
    expect(note.split('\n').slice(0, 4)).toEqual([ours.name, '20852163', root.toString('base64'), ''])
    expect(openCheckpoint(note, [ours])).toEqual({
      ok: true,
      note,
      checkpoint: { origin: ours.name, size: 20852163, root },
    })
  })

  it.each(['-1', '01', '1.0', '1e3', ' 1', '99999999999999999', ''])('is refused with size %j', (size) => {
    const note = signNote(`${ours.name}\n${size}\n${root.toString('base64')}\n`, ours)
    expect(openCheckpoint(note, [ours])).toEqual({ ok: false, why: 'malformed' })
  })

  it.each(['', 'AAAA', root.toString('base64url'), `${root.toString('base64')}=`])(
    'is refused with root %j',
    (text) => {
      const note = signNote(`${ours.name}\n1\n${text}\n`, ours)
      expect(openCheckpoint(note, [ours])).toEqual({ ok: false, why: 'malformed' })
    },
  )

  it('of another log is refused even when a known key signed it', () => {
    const note = signNote(`${other.name}\n1\n${root.toString('base64')}\n`, ours)
    expect(openCheckpoint(note, [ours, other])).toEqual({ ok: false, why: 'other_log' })
  })

  it('says which configuration was in force where that is known (I13)', () => {
    const note = signCheckpointNote(3, root, ours, 42)
    expect(note.split('\n').slice(3, 5)).toEqual(['config 42', ''])
    expect(openCheckpoint(note, [ours])).toMatchObject({ ok: true, checkpoint: { size: 3, config: 42 } })
    expect(findCheckpointNotes(`x\n${note}\ny`)).toEqual([note])
  })

  it('with other extension lines, which we never write, is read all the same', () => {
    const note = signNote(`${ours.name}\n1\n${root.toString('base64')}\nmore\n`, ours)
    expect(openCheckpoint(note, [ours])).toMatchObject({ ok: true, checkpoint: { size: 1 } })
  })

  it('is found in a file between whatever a crash left there', () => {
    const notes = [1, 2, 30].map((size) => signCheckpointNote(size, root, ours))
    const torn = signCheckpointNote(4, root, ours)
    fc.assert(
      fc.property(fc.nat(torn.length - 2), (at) => {
        const file = `${notes[0]}\n${notes[1]}\n${torn.slice(0, at)}\n\n${notes[2]}`
        const opened = findCheckpointNotes(file).map((note) => openCheckpoint(note, [ours]))
        expect(opened.filter((one) => one.ok).map((one) => one.ok && one.note)).toEqual(notes)
      }),
    )
  })
})
