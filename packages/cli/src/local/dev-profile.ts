import type { Secret } from '@credbroker/core/secret'
import type { Cli } from '../cli.ts'
import { loadProfile, type Profile, saveProfile } from '../profile.ts'

/**
 * Keeps the administrator's profile of a `broker dev`: as `default` where there is none, or where an earlier run with
 * the same state wrote it; otherwise as `dev`, so that a profile of another broker is never replaced.
 */
export function devProfile({ env }: Pick<Cli, 'env'>, stateDir: string) {
  // One that cannot be read safely is not ours to replace either.
  const read = (name: string): Promise<Profile | 'foreign' | undefined> =>
    loadProfile(env, name).then(
      (profile) => (profile === undefined || profile.stateDir === stateDir ? profile : 'foreign'),
      () => 'foreign' as const,
    )
  return {
    /** The key that an earlier run with the same state saved. */
    async existing(): Promise<Secret | undefined> {
      for (const name of ['default', 'dev']) {
        const profile = await read(name)
        if (typeof profile === 'object') return profile.key
      }
      return undefined
    },
    /** @returns the name it was saved under */
    async save(profile: Omit<Profile, 'stateDir'>): Promise<string> {
      const name = (await read('default')) === 'foreign' ? 'dev' : 'default'
      await saveProfile(env, name, { ...profile, stateDir })
      return name
    },
  }
}
