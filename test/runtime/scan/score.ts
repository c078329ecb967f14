import type { Found } from '../../../packages/cli/src/scan/finding.ts'
import { scan } from '../../../packages/cli/src/scan/scan.ts'
import { type Planted, plant } from './plant.ts'

export interface Score {
  readonly planted: number
  readonly findings: number
  readonly missed: readonly Planted[]
  /** Findings where nothing was planted, or a second one for the same secret. */
  readonly wrong: readonly Found[]
  /** Of what was planted, how much was found. */
  readonly recall: number
  /** Of what was found, how much was planted. */
  readonly precision: number
}

/** Plants secrets and decoys into an empty directory, and looks for them. */
export async function score(directory: string, rounds?: number): Promise<Score> {
  const { planted } = plant(directory, rounds)
  const { found } = await scan({ roots: [directory], now: () => new Date() })
  const left = new Set(planted.map(({ path }) => path))
  const wrong = found.filter(({ finding }) => !left.delete(finding.path))
  return {
    planted: planted.length,
    findings: found.length,
    missed: planted.filter(({ path }) => left.has(path)),
    wrong,
    recall: (planted.length - left.size) / planted.length,
    precision: (found.length - wrong.length) / found.length,
  }
}
