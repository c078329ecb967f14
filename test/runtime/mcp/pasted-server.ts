import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Shop } from '../../../packages/providers/test/postgres-fixture.ts'
import type { ApiWorld } from '../../gateway/world.ts'
import { MAIN } from '../../harness/command.ts'
import { needs } from '../../harness/services.ts'

const noPsql = await needs('psql')

/** A scope that mints, beside those of the gateway. */
export async function addOrders({ broker }: ApiWorld, { anchor, root }: Shop): Promise<void> {
  const { home } = broker
  const path = join(home, 'broker', 'broker.yaml')
  const config = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(join(home, 'orders.json'), JSON.stringify(root), { mode: 0o600 })
  const of = { environment: 'staging' }
  config.environments.staging.anchors.push({ vendor: 'postgres', id: anchor('orders') })
  const secret = `file:${home}/orders.json`
  config.roots.orders = { ...of, provider: 'postgres-role', owner: 'mia', secret }
  const allow = { template: 'read-only', schemas: ['public'] }
  config.scopes['orders-ro'] = { ...of, root: 'orders', maxTtl: '10m', allow }
  await writeFile(path, JSON.stringify(config))
  const applied = await broker.cli(['apply', '-f', join(home, 'broker'), '--yes'])
  if (applied.code !== 0) throw new Error(applied.stdout + applied.stderr)
}

/** What becomes of a server whose entry held a password. */
export function pastedServer(world: () => ApiWorld): void {
  describe.skipIf(noPsql)('a server with a pasted password', () => {
    it('once rewritten signs in with a lease of its own, and the password is nowhere', async () => {
      const password = ['Vq7xT2', 'mL9zR4'].join('-')
      const folder = join(world().broker.home, 'pasted')
      await mkdir(folder)
      const list = join(folder, '.mcp.json')
      const env = { PGHOST: 'db.internal', PGUSER: 'shop', PGPASSWORD: password }
      const args = ['-c', "psql -XAtc 'select current_user'; env; cat .mcp.json"]
      await writeFile(list, JSON.stringify({ mcpServers: { db: { command: 'sh', args, env } } }))
      const init = await world().broker.cli(
        ['init', '--tools', '--yes', '--as', 'fixer', '--server', 'db=orders-ro'],
        { cwd: folder },
      )
      expect(init, init.stderr).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('orders-ro in staging'),
      })

      const program = join(folder, 'broker')
      await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, { mode: 0o700 })
      const entry = JSON.parse(await readFile(list, 'utf8')).mcpServers.db
      const { home } = world().broker
      const { stdout, stderr } = await promisify(execFile)(entry.command, entry.args, {
        cwd: folder,
        env: {
          PATH: `${folder}:${process.env['PATH']}`,
          HOME: home,
          XDG_CONFIG_HOME: `${home}/config`,
          ...entry.env,
        },
      })
      expect(stdout).toMatch(/^brk_[a-z0-9_]+\n/)
      expect(stdout).toContain('PGPASSFILE=')
      expect(init.stdout + stdout + stderr).not.toContain(password)
    })
  })
}
