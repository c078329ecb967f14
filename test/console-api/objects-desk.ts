import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loadConfig } from '../../packages/cli/src/config/load.ts'
import { type Desk, startDesk } from '../security/desk.ts'
import type { Answer } from '../security/wire.ts'

type Said = Record<string, unknown>

/** An administrator who puts objects, beside files that are planned and applied. */
export interface ObjectsDesk extends Desk {
  put(path: string, body: object): Promise<Answer>
  /** @throws where it was not done */
  done(path: string, body: object): Promise<Said>
  get(path: string): Promise<Said>
  database(statement: string): Promise<Said[]>
  run(verb: 'plan' | 'apply', edit?: (text: string) => string): Promise<Answer>
  applied(edit?: (text: string) => string): Promise<void>
}

export async function startObjectsDesk(): Promise<ObjectsDesk> {
  const desk = await startDesk()
  const { world, asAdmin } = desk
  const file = join(world.files, 'broker.yaml')
  const original = await readFile(file, 'utf8')
  const put = (path: string, body: object) => asAdmin({ method: 'PUT', path: `/v1/${path}`, body })
  const run: ObjectsDesk['run'] = async (verb, edit = (text) => text) => {
    await writeFile(file, edit(original))
    const { config, policies } = await loadConfig(world.files, world.files)
    return await asAdmin({ method: 'POST', path: `/v1/${verb}`, body: { config, policies } })
  }
  return {
    ...desk,
    put,
    async done(path, body) {
      const { status, text, body: said } = await put(path, body)
      expect({ status, text: text.slice(0, 500) }).toMatchObject({ status: 200 })
      return said
    },
    get: async (path) => (await asAdmin({ path: `/v1/${path}` })).body,
    database: (statement) => world.staging.admin(statement, 'credbroker'),
    run,
    async applied(edit) {
      const { status, text } = await run('apply', edit)
      expect({ status, text: text.slice(0, 500) }).toMatchObject({ status: 200 })
    },
  }
}
