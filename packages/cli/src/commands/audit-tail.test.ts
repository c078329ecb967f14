import { describe, expect, it } from 'vitest'
import { brokerDouble, enrolledAt, type Seen } from '../../test/broker-double.ts'
import { sandbox } from '../../test/run-cli.ts'

const item = (index: number) => ({
  index,
  event: {
    v: 1,
    at: '2026-01-01T00:00:00.000Z',
    type: 'task.started',
    phase: 'event',
    result: 'ok',
    actor: { kind: 'agent', id: 'fixer' },
    environment: 'staging',
    reason: `no ${index} \u202e x`,
  },
})

describe('audit tail', () => {
  it('searches where it is told what for, and prints the oldest first', async () => {
    await using here = await sandbox()
    const asked: string[] = []
    await using broker = await brokerDouble({
      'GET /v1/audit/events': ({ path }: Seen) => {
        asked.push(path)
        return { items: [item(9), item(4)], next_cursor: '4' }
      },
    })
    await enrolledAt(broker.url, here.env)
    const filters = ['--type', 'task', '--agent', 'fixer', '--env', 'staging', '-n', '2']
    const { code, out } = await here.run(['audit', 'tail', ...filters])
    expect(code).toBe(0)
    expect(asked).toHaveLength(1)
    expect(Object.fromEntries(new URL(asked[0] ?? '', 'http://x').searchParams)).toEqual({
      type: 'task',
      actor: 'fixer',
      environment: 'staging',
      limit: '2',
    })
    expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual(['4', '9', ''])
    expect(out).not.toContain('\u202e')
    const json = await here.run(['audit', 'tail', '--task', 'tsk_x', '--json'])
    expect(JSON.parse(json.out.split('\n')[0] ?? '')).toMatchObject({
      index: 4,
      event: { type: 'task.started' },
    })
  })

  it('without a filter shows the end of the log in order', async () => {
    await using here = await sandbox()
    await using broker = await brokerDouble({
      'GET /v1/audit': ({ path }: Seen) => {
        const from = Number(new URL(path, 'http://x').searchParams.get('from'))
        const entries = [5, 6, 7]
          .filter((index) => index >= from)
          .map((index) => ({ index, record: JSON.stringify(item(index).event) }))
        return { entries, next: 8, size: 8 }
      },
    })
    await enrolledAt(broker.url, here.env)
    const { code, out } = await here.run(['audit', 'tail', '-n', '2'])
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual(['6', '7', ''])
  })
})
