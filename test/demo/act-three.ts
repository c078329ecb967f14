import { volumeIn } from '../harness/railway/state.ts'
import type { Told } from './agent/say.ts'
import { runAgent, type Stage } from './stage.ts'

export interface RailwayIncident {
  readonly told: readonly Told[]
  readonly seconds: number
  /** Seen from outside: the volume and its backups are gone. */
  readonly happened: boolean
}

/** What is in the volumes of the shop, seen by the vendor itself. */
export async function volumesOf({ railway }: Pick<Stage, 'railway'>): Promise<Record<string, string>> {
  const state = await railway.state()
  const { productionVolume, stagingVolume, scratchVolume } = railway.ids
  return {
    production: volumeIn(state, productionVolume),
    staging: volumeIn(state, stagingVolume),
    scratch: volumeIn(state, scratchVolume),
  }
}

/** The same incident where it really happened: one call, a volume, and its backups with it. */
export async function actThree(stage: Stage): Promise<RailwayIncident> {
  const { railway, shop, tools, say } = stage
  const before = await volumesOf(stage)
  say('production', before['production'] ?? '')
  const args = [tools.agent, 'railway']
  const { told } = await runAgent(stage, { program: tools.node, args, cwd: shop })
  const after = await volumesOf(stage)
  say('production', after['production'] ?? '')
  const changes = await railway.changes()
  await railway.restore()
  const restored = await volumesOf(stage)
  say('production', `${restored['production']} (restored by this demonstration)`)
  const blow = told.find(({ attempt }) => attempt === 'railway-file')
  return {
    told,
    seconds: blow?.seconds ?? 0,
    happened:
      blow?.outcome === 'reached' &&
      after['production'] === 'gone, and its backups with it' &&
      changes.some(({ field }) => field === 'volumeDelete') &&
      JSON.stringify(restored) === JSON.stringify(before),
  }
}
