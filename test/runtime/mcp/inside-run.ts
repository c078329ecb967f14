import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskView } from '@credbroker/core/wire/tasks'
import { describe, expect, it, vi } from 'vitest'
import type { ApiWorld } from '../../gateway/world.ts'
import { MAIN } from '../../harness/command.ts'
import { agentAt, read } from './world.ts'

const WORK = { environment: 'staging', purpose: 'a part of it', scopes: ['api'] }

/** What holds for a server that `broker exec` started. */
export function insideRun(world: () => ApiWorld): void {
  const viewed = (id: string) =>
    world().broker.admin.request<TaskView>({ method: 'GET', path: `/v1/tasks/${id}` })
  const active = async () => {
    const path = '/v1/tasks?limit=100&state=active&agent=fixer'
    const { items } = await world().broker.admin.request<{ items: TaskView[] }>({ method: 'GET', path })
    return items.map(({ id }) => id)
  }

  describe('inside broker exec', () => {
    it('works in the task of that run and in no second one; what it asks for besides is a part of it', async () => {
      const before = new Set(await active())
      const server = await agentAt(world().broker, { around: ['api'] })
      const { run, tasks } = read(await server.call('list_my_access'))
      expect(tasks).toEqual([])
      expect(run).toMatchObject({ environment: 'staging', scopes: [{ scope: 'api', use: 'run_operation' }] })
      const { task } = run as { task: string }
      const done = await server.call('run_operation', { scope: 'api', method: 'GET', path: '/v1/orders' })
      expect(read(done)).toMatchObject({ status: 'answered' })
      expect(new Set(await active()).difference(before)).toEqual(new Set([task]))

      const part = read(await server.call('request_access', WORK))['task'] as string
      expect(await viewed(part)).toMatchObject({ parent: task, state: 'active' })
      const elsewhere = await server.call('request_access', { ...WORK, environment: 'production' })
      expect(read(elsewhere)).toMatchObject({ code: 'environment_mismatch' })
      expect(read(await server.call('end_task', { task }))).toMatchObject({ code: 'usage' })
      expect((await viewed(task)).state).toBe('active')

      await server.client.close()
      for (const id of [part, task])
        await vi.waitFor(async () => expect(await viewed(id)).toMatchObject({ state: 'ended' }), 20_000)
    })

    it('ends with its client, and with it what it started; the run goes on', async () => {
      const folder = join(world().broker.home, 'inside')
      await mkdir(folder)
      const clientInfo = { name: 'test', version: '1' }
      const requests = [
        {
          id: 1,
          method: 'initialize',
          params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
        },
        { method: 'notifications/initialized' },
        { id: 2, method: 'tools/call', params: { name: 'request_access', arguments: WORK } },
      ]
      const lines = requests.map((one) => `${JSON.stringify({ jsonrpc: '2.0', ...one })}\n`).join('')
      await writeFile(join(folder, 'requests'), lines)
      const script = `: > answers
        { cat requests; until grep -q '"id":2' answers; do sleep 0.1; done; } | "$NODE" "$MAIN" mcp > answers
        "$NODE" "$MAIN" call api GET /v1/orders`
      const ran = await world().broker.cli(
        ['exec', '--env', 'staging', '--scope', 'api', '--purpose', 'x', '--', 'sh', '-euc', script],
        { profile: 'fixer', cwd: folder, env: { NODE: process.execPath, MAIN } },
      )
      expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('"ok":true') })
      const part = /tsk_[0-9a-z]{26}/.exec(await readFile(join(folder, 'answers'), 'utf8'))?.[0] ?? ''
      const { parent = '', end_reason } = await viewed(part)
      expect(end_reason).toBe('done')
      expect(await viewed(parent)).toMatchObject({ state: 'ended', end_reason: 'done' })
    })
  })
}
