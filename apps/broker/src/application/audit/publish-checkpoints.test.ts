import { describe, expect, it } from 'vitest'
import type { CheckpointSink } from '../../ports/audit.ts'
import { createCheckpointPublisher } from './publish-checkpoints.ts'

/** A sink that fails or hangs on command. */
const makeSink = (name: string) => {
  const taken: string[] = []
  const control = { taken, failing: false, gate: undefined as Promise<void> | undefined }
  const sink: CheckpointSink = {
    name,
    async publish(note) {
      await control.gate
      if (control.failing) throw new Error('disk full')
      taken.push(note)
    },
  }
  return { sink, control }
}
const notes = (count: number) => Array.from({ length: count }, (_, i) => `note ${i}`)

describe('publishing checkpoints', () => {
  it('brings every note to every sink, in order', async () => {
    const [one, two] = [makeSink('one'), makeSink('two')]
    const publisher = createCheckpointPublisher([one.sink, two.sink], { onFailure: () => {} })
    for (const note of notes(5)) publisher.publish(note)
    await publisher.flush()
    expect(one.control.taken).toEqual(notes(5))
    expect(two.control.taken).toEqual(notes(5))
  })

  it('reports a failing sink, keeps what it missed and tries again, while the other goes on', async () => {
    const [bad, good] = [makeSink('bad'), makeSink('good')]
    const failures: string[] = []
    const publisher = createCheckpointPublisher([bad.sink, good.sink], {
      onFailure: (sink, error) => failures.push(`${sink}: ${(error as Error).message}`),
    })
    bad.control.failing = true
    publisher.publish('note 0')
    await publisher.flush()
    expect(failures.at(-1)).toBe('bad: disk full')
    expect(publisher.status()).toEqual([
      { name: 'bad', queued: 1, dropped: 0, failing: true },
      { name: 'good', queued: 0, dropped: 0, failing: false },
    ])
    bad.control.failing = false
    publisher.publish('note 1')
    await publisher.flush()
    expect(bad.control.taken).toEqual(notes(2))
    expect(publisher.status()[0]).toEqual({ name: 'bad', queued: 0, dropped: 0, failing: false })
  })

  it('is bounded: a sink that hangs loses the oldest notes, never the newest, and blocks nobody', async () => {
    const [hanging, good] = [makeSink('hanging'), makeSink('good')]
    const opened = Promise.withResolvers<void>()
    hanging.control.gate = opened.promise
    const publisher = createCheckpointPublisher([hanging.sink, good.sink], {
      queueLimit: 3,
      onFailure: () => {},
    })
    for (const [count, note] of notes(10).entries()) {
      publisher.publish(note)
      await expect.poll(() => good.control.taken.length, { interval: 1 }).toBe(count + 1)
    }
    expect(publisher.status()[0]).toMatchObject({ queued: 3, dropped: 6 })
    opened.resolve()
    await publisher.flush()
    expect(hanging.control.taken).toEqual(['note 0', 'note 7', 'note 8', 'note 9'])
  })
})
