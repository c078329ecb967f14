import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the SQL files lie: at the top of the source tree, or beside the bundle. */
export function migrationsDirectory(): string {
  const places = ['./migrations', '../migrations', '../../../../../migrations'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  )
  return places.find((place) => existsSync(join(place, '0001_audit.sql'))) ?? (places[0] as string)
}
