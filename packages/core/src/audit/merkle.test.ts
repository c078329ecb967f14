import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CompactRange, leafHash, nodeHash, treeRoot } from './merkle.ts'

// The well-known test tree of the Certificate Transparency reference implementation (RFC 6962).
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

// The definition of RFC 9162 §2.1.1, word for word and slow.
function definition(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return createHash('sha256').digest()
  if (leaves.length === 1) return leaves[0] as Buffer
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(definition(leaves.slice(0, split)), definition(leaves.slice(split)))
}

const someLeaves = fc.nat(600).map((n) => Array.from({ length: n }, (_, i) => leafHash(`leaf ${i}`)))

describe('the Merkle tree of the audit log', () => {
  it('has the roots of the RFC 6962 test tree at every size', () => {
    const range = new CompactRange()
    expect(range.root().toString('hex')).toBe(ROOTS[0])
    LEAVES.forEach((leaf, i) => {
      range.append(leafHash(Buffer.from(leaf, 'hex')))
      expect(range.root().toString('hex')).toBe(ROOTS[i + 1])
    })
  })

  it('has the root that RFC 9162 defines, for any number of leaves', () => {
    fc.assert(
      fc.property(someLeaves, (leaves) => treeRoot(leaves).equals(definition(leaves))),
      { numRuns: 40 },
    )
  })

  it('goes on from a stored frontier as if it had never stopped', () => {
    fc.assert(
      fc.property(someLeaves, fc.nat(), (leaves, n) => {
        const stop = leaves.length === 0 ? 0 : n % leaves.length
        const before = new CompactRange()
        for (const leaf of leaves.slice(0, stop)) before.append(leaf)
        const after = new CompactRange(before.size, before.frontier())
        for (const leaf of leaves.slice(stop)) after.append(leaf)
        expect(after.size).toBe(leaves.length)
        expect(after.root()).toEqual(treeRoot(leaves))
      }),
      { numRuns: 40 },
    )
  })

  it('reports every full subtree exactly once, with its own root', () => {
    const leaves = Array.from({ length: 37 }, (_, i) => leafHash(String(i)))
    const range = new CompactRange()
    const seen = new Map<string, Buffer>()
    for (const leaf of leaves) {
      range.append(leaf, (level, index, hash) => {
        expect(seen.has(`${level}/${index}`)).toBe(false)
        seen.set(`${level}/${index}`, hash)
      })
    }
    for (let level = 1; 2 ** level <= 37; level++) {
      for (let index = 0; (index + 1) * 2 ** level <= 37; index++) {
        const part = leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)
        expect(seen.get(`${level}/${index}`)).toEqual(treeRoot(part))
        seen.delete(`${level}/${index}`)
      }
    }
    expect(seen.size).toBe(0)
  })

  it('refuses a frontier that does not fit the size', () => {
    expect(() => new CompactRange(3, Buffer.alloc(32))).toThrow(RangeError)
    expect(() => new CompactRange(-1)).toThrow(RangeError)
    expect(() => new CompactRange(1.5, Buffer.alloc(32))).toThrow(RangeError)
  })

  it('never takes an inner node for a leaf', () => {
    const [left, right] = [leafHash('a'), leafHash('b')]
    expect(leafHash(Buffer.concat([left, right]))).not.toEqual(nodeHash(left, right))
  })
})
