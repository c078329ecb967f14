import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Shop, startShop } from '../../../packages/providers/test/postgres-fixture.ts'
import { AGENT_STEPS } from './agent-steps.ts'
import { announcedNames, checkAudit } from './audit.ts'
import { BROKER_STEPS } from './broker-steps.ts'
import { type Line, startLine } from './line.ts'
import { OPERATOR_STEPS } from './operator-steps.ts'
import { pointsOf } from './points.ts'
import { allEnded, outlived, watchVendor } from './vendor.ts'

const STEPS = [...BROKER_STEPS, ...AGENT_STEPS, ...OPERATOR_STEPS]
/** Brokers that die side by side. */
const LINES = ['a', 'b']

let shop: Shop
let vendor: ReturnType<typeof watchVendor>
const lines: Line[] = []
const free: Line[] = []
const waiting: ((line: Line) => void)[] = []

beforeAll(async () => {
  shop = (await startShop(18)) as Shop
  vendor = watchVendor(shop)
  for (const name of LINES) lines.push(await startLine(shop, name))
  free.push(...lines)
}, 180_000)
afterAll(async () => {
  vendor?.stop()
  for (const line of lines) await line.stop()
  await shop?.close()
})

async function withLine<T>(use: (line: Line) => Promise<T>): Promise<T> {
  const line = free.pop() ?? (await new Promise<Line>((resolve) => waiting.push(resolve)))
  try {
    return await use(line)
  } catch (error) {
    // The other steps are none of its business.
    await line.arm('')
    await line.broker.restart()
    throw error
  } finally {
    const next = waiting.shift()
    if (next) next(line)
    else free.push(line)
  }
}

describe('kill -9 of the broker at every durable write and every vendor call (I6, I7)', () => {
  it.concurrent.each(STEPS)(
    'of $name: restarted, it can be done again',
    (step) =>
      withLine(async (line) => {
        const rehearsal = await step.prepare(line)
        await line.mark()
        await rehearsal.run()
        const points = pointsOf(await line.passed(), step)
        await rehearsal.again()
        expect(points).not.toEqual([])
        for (const point of points) {
          const attempt = await step.prepare(line)
          await line.arm(point)
          const outcome = await attempt.run().then(
            () => 'done',
            () => 'interrupted',
          )
          await line.died().catch(() => {
            throw new Error(`${point} was not reached: ${outcome}`)
          })
          await line.broker.restart()
          await attempt.again().catch((error: unknown) => {
            throw new Error(`after ${point}: ${error}\n${line.broker.log().slice(-2000)}`)
          })
        }
      }),
    600_000,
  )
})

describe('after all of these crashes', () => {
  it('nothing outlives its end at the vendor by more than the grace, and no lease is left half-way (I7)', async () => {
    for (const line of lines) await allEnded(line)
    expect(await shop.admin(`SELECT usename FROM pg_stat_activity WHERE usename LIKE 'brk\\_%'`)).toEqual([])
    expect(await shop.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`)).toEqual([])
    for (const line of lines) expect(await outlived(line, vendor)).toEqual([])
  }, 120_000)

  it('the audit log verifies, and what was announced without an outcome shows as unknown (I6)', async () => {
    let unknown = 0
    for (const line of lines) unknown += await checkAudit(line)
    expect(unknown).toBeGreaterThan(0)
  }, 60_000)

  it('nothing was ever made at the vendor without a durable intent (I6)', async () => {
    const announced = await Promise.all(lines.map(announcedNames))
    expect(vendor.seen().filter((name) => !announced.flat().includes(name))).toEqual([])
    expect(vendor.seen()).not.toEqual([])
  })
})
