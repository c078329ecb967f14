import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { watchSignals } from './signals.ts'

function stage(terminal: boolean) {
  const source = new EventEmitter()
  const delivered: string[] = []
  const signals = watchSignals(terminal, source)
  return { source, signals, delivered, child: () => signals.forwardTo((signal) => delivered.push(signal)) }
}

describe('signals', () => {
  it('of the terminal reach the child once: by the terminal, not by us', () => {
    const { source, child, delivered } = stage(true)
    child()
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP']) source.emit(signal)
    expect(delivered).toEqual(['SIGTERM', 'SIGHUP'])
  })

  it('without a terminal all go to the child, and none of them ends us', () => {
    const { source, child, delivered, signals } = stage(false)
    child()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR1']) source.emit(signal)
    expect(delivered).toEqual(['SIGINT', 'SIGTERM', 'SIGUSR1'])
    expect(signals.pending).toBeUndefined()
  })

  it('before there is a child are kept: the first that asks to end', () => {
    const { source, signals } = stage(true)
    for (const signal of ['SIGUSR1', 'SIGINT', 'SIGTERM']) source.emit(signal)
    expect(signals.pending).toBe('SIGINT')
  })

  it('after the child interrupt what is waited for, and only those that come then', async () => {
    const { source, signals } = stage(true)
    source.emit('SIGINT')
    const next = signals.interruption()
    source.emit('SIGTERM')
    expect(await next).toBe('SIGTERM')
  })

  it('are given back', () => {
    const { source, signals } = stage(true)
    signals[Symbol.dispose]()
    expect(source.eventNames()).toEqual([])
  })
})
