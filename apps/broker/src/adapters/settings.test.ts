import { BrokerError } from '@credbroker/core/errors'
import { describe, expect, it } from 'vitest'
import { readSettings, requireForServe } from './settings.ts'

const complete = {
  DATABASE_URL: 'postgres://broker@db.example/credbroker',
  BROKER_KEYFILE: '/etc/credbroker/keyfile',
}

function problems(env: Record<string, string>): string[] {
  try {
    requireForServe(readSettings({ ...complete, ...env }))
    return []
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    return (error.details.problems ?? []).map(({ at, message }) => `${at} ${message}`)
  }
}

describe('where `serve` listens', () => {
  const plain = 'http://127.0.0.1:4747'

  it.each(['127.0.0.1', '127.0.0.2', 'localhost', '::1'])(
    'on loopback (%s) it may speak plain HTTP',
    (address) => {
      expect(problems({ BROKER_LISTEN: address, BROKER_PUBLIC_URL: plain })).toEqual([])
    },
  )

  it.each(['0.0.0.0', '::', '10.0.0.7', 'broker.internal', '127.0.0.1.example.com'])(
    'anywhere else (%s) it wants TLS to end in front of it, and says what to do',
    (address) => {
      expect(problems({ BROKER_LISTEN: address, BROKER_PUBLIC_URL: plain })).toEqual([
        expect.stringMatching(/^BROKER_LISTEN .*plain HTTP.*proxy.*BROKER_PUBLIC_URL.*https:\/\//),
      ])
      expect(problems({ BROKER_LISTEN: address, BROKER_PUBLIC_URL: 'https://broker.example' })).toEqual([])
    },
  )

  it('and a public URL without TLS is for loopback only', () => {
    expect(problems({ BROKER_PUBLIC_URL: 'http://broker.example' })).toEqual([
      expect.stringMatching(/^BROKER_PUBLIC_URL must be https/),
    ])
  })
})
