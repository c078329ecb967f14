import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CompactRange, leafHash, treeRoot } from './merkle.ts'
import { verifyConsistency, verifyInclusion } from './proofs.ts'
import { Prover, TILE, type TileSource } from './prover.ts'

const leaves = Array.from({ length: 70_000 }, (_, i) => leafHash(`leaf ${i}`))

const tilesOf =
  (all: readonly Buffer[]): TileSource =>
  async (level, tile, width) =>
    Array.from({ length: width }, (_, i) => {
      const unit = TILE ** level
      const start = (tile * TILE + i) * unit
      return treeRoot(all.slice(start, start + unit))
    })

// Small trees, where every shape occurs, and trees around the tile borders.
const size = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 250, max: 1100 }))
const within = (n: number, of: number) => n % of
const flip = (hash: Buffer, bit: number) => {
  const copy = Buffer.from(hash)
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
  return copy
}

describe('inclusion proofs', () => {
  it('verify for every leaf of every size up to 40, and have the length RFC 9162 gives them', async () => {
    for (let n = 1; n <= 40; n++) {
      const prover = new Prover(n, tilesOf(leaves))
      const root = treeRoot(leaves.slice(0, n))
      for (let index = 0; index < n; index++) {
        const proof = await prover.inclusion(index)
        expect(verifyInclusion({ leaf: leaves[index] as Buffer, index, size: n, root, proof })).toBe(true)
        expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(n)))
      }
    }
  })

  it('are the paths of the RFC 6962 test tree', async () => {
    const data = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ]
    const tree = data.map((hex) => leafHash(Buffer.from(hex, 'hex')))
    const proof = await new Prover(8, tilesOf(tree)).inclusion(5)
    expect(proof.map((hash) => hash.toString('hex'))).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ])
  })

  it('hold in trees of more than one level of tiles', async () => {
    const prover = new Prover(leaves.length, tilesOf(leaves))
    const root = treeRoot(leaves)
    expect(await prover.root()).toEqual(root)
    for (const index of [0, 255, 256, 65_535, 65_536, 69_999]) {
      const proof = await prover.inclusion(index)
      expect(
        verifyInclusion({ leaf: leaves[index] as Buffer, index, size: leaves.length, root, proof }),
      ).toBe(true)
    }
  })

  it('fail for another leaf, index, size, root, or any changed, missing or added hash', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(255), fc.nat(), async (n, i, bit, p) => {
        const index = within(i, n)
        const proof = await new Prover(n, tilesOf(leaves)).inclusion(index)
        const claim = {
          leaf: leaves[index] as Buffer,
          index,
          size: n,
          root: treeRoot(leaves.slice(0, n)),
          proof,
        }
        expect(verifyInclusion(claim)).toBe(true)
        expect(verifyInclusion({ ...claim, leaf: flip(claim.leaf, bit) })).toBe(false)
        expect(verifyInclusion({ ...claim, root: flip(claim.root, bit) })).toBe(false)
        expect(verifyInclusion({ ...claim, proof: [...proof, claim.leaf] })).toBe(false)
        expect(verifyInclusion({ ...claim, index: n })).toBe(false)
        if (n > 1) {
          const at = within(p, proof.length)
          const changed = proof.map((hash, k) => (k === at ? flip(hash, bit) : hash))
          expect(verifyInclusion({ ...claim, proof: changed })).toBe(false)
          expect(verifyInclusion({ ...claim, proof: proof.toSpliced(at, 1) })).toBe(false)
          expect(verifyInclusion({ ...claim, index: index ^ 1 })).toBe(false)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('consistency proofs', () => {
  it('verify between any two sizes, and for no others', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(255), fc.nat(), async (second, f, bit, p) => {
        const first = within(f, second) + 1
        const proof = await new Prover(second, tilesOf(leaves)).consistency(first)
        const claim = {
          firstSize: first,
          firstRoot: treeRoot(leaves.slice(0, first)),
          secondSize: second,
          secondRoot: treeRoot(leaves.slice(0, second)),
          proof,
        }
        expect(verifyConsistency(claim)).toBe(true)
        expect(verifyConsistency({ ...claim, firstRoot: flip(claim.firstRoot, bit) })).toBe(false)
        expect(verifyConsistency({ ...claim, secondRoot: flip(claim.secondRoot, bit) })).toBe(false)
        expect(verifyConsistency({ ...claim, proof: [...proof, claim.firstRoot] })).toBe(false)
        if (proof.length > 0) {
          const at = within(p, proof.length)
          expect(
            verifyConsistency({ ...claim, proof: proof.map((h, k) => (k === at ? flip(h, bit) : h)) }),
          ).toBe(false)
          expect(verifyConsistency({ ...claim, proof: proof.toSpliced(at, 1) })).toBe(false)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('cannot be made between two histories', async () => {
    const other = leaves.slice(0, 300).with(17, leafHash('forged'))
    const proof = await new Prover(300, tilesOf(other)).consistency(100)
    expect(
      verifyConsistency({
        firstSize: 100,
        firstRoot: treeRoot(leaves.slice(0, 100)),
        secondSize: 300,
        secondRoot: treeRoot(other),
        proof,
      }),
    ).toBe(false)
  })

  it('are empty from the empty tree and between equal trees', async () => {
    const prover = new Prover(9, tilesOf(leaves))
    const root = treeRoot(leaves.slice(0, 9))
    expect(await prover.consistency(0)).toEqual([])
    expect(await prover.consistency(9)).toEqual([])
    const same = { firstSize: 9, firstRoot: root, secondSize: 9, secondRoot: root }
    expect(verifyConsistency({ ...same, proof: [] })).toBe(true)
    expect(verifyConsistency({ ...same, firstRoot: leafHash('x'), proof: [] })).toBe(false)
  })
})

describe('a prover', () => {
  it('gives the frontier of any earlier size', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), async (n, k) => {
        const at = within(k, n + 1)
        const range = new CompactRange(at, await new Prover(n, tilesOf(leaves)).frontier(at))
        expect(range.root()).toEqual(treeRoot(leaves.slice(0, at)))
      }),
      { numRuns: 40 },
    )
  })

  it('reads each tile once and refuses an incomplete one', async () => {
    const seen: string[] = []
    const prover = new Prover(1000, async (level, tile, width) => {
      seen.push(`${level}/${tile}`)
      return tilesOf(leaves)(level, tile, width)
    })
    for (let index = 0; index < 1000; index += 50) await prover.inclusion(index)
    expect(new Set(seen).size).toBe(seen.length)
    const broken = new Prover(1000, async () => [])
    await expect(broken.root()).rejects.toThrow('incomplete')
    await expect(prover.inclusion(1000)).rejects.toThrow(RangeError)
    await expect(prover.root(1001)).rejects.toThrow(RangeError)
  })
})
