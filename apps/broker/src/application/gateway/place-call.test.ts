import type { Resolution } from '@credbroker/connectors/connector'
import { describe, expect, it } from 'vitest'
import type { Anchor } from '../../domain/config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { placeCall } from './place-call.ts'

const anchor = (environment: string, id: string, shared = false): Anchor => ({
  vendor: 'v',
  id,
  environment,
  shared,
})
const snapshot = (anchors: readonly Anchor[]) =>
  ({
    anchors: () => anchors,
    environment: (name: string) => ({ name, tier: name === 'production' ? 'protected' : 'standard' }),
  }) as unknown as ConfigSnapshot
const touching = (...anchors: [string, ...string[]]): Resolution => ({ is: 'resolved', anchors, facts: {} })
const place = (anchors: readonly Anchor[], touched: Resolution, access: ('read' | 'write')[] = ['write']) =>
  placeCall(snapshot(anchors), 'v', 'staging', touched, access) !== undefined

const two = [anchor('staging', 'h/s'), anchor('production', 'h/p')]

describe('where a call lies (I2)', () => {
  it('all of it in the environment, or nowhere at all', () => {
    expect(place(two, touching('h/s'))).toBe(true)
    expect(place(two, touching('h/s/deep'))).toBe(true)
    expect(place(two, touching('h/p'))).toBe(false)
    expect(place(two, touching('h/s', 'h/p'))).toBe(false)
    expect(place(two, touching('h/s', 'h/unclaimed'))).toBe(false)
    expect(place(two, touching('h'))).toBe(false)
    expect(place(two, touching('h/sx'))).toBe(false)
    expect(place(two, { is: 'unresolved' }, ['read'])).toBe(false)
  })

  it('a broad touch is a touch of whatever lies below, in either direction', () => {
    const nested = [anchor('staging', 'h'), anchor('production', 'h/p')]
    expect(place(nested, touching('h'))).toBe(false)
    expect(place(nested, touching('h/p/x'))).toBe(false)
    expect(place(nested, touching('h/other'))).toBe(true)
  })

  it('what belongs to nobody may be read and not changed', () => {
    expect(place(two, { is: 'nowhere' }, ['read'])).toBe(true)
    expect(place(two, { is: 'nowhere' }, ['read', 'write'])).toBe(false)
  })

  it('what is shared may be changed by those who share it, unless one of them is protected', () => {
    const with_ = (other: string, shared = true) => [
      anchor('staging', 'repo', true),
      anchor(other, 'repo', shared),
    ]
    expect(place(with_('preview'), touching('repo'))).toBe(true)
    expect(place(with_('preview', false), touching('repo'))).toBe(false)
    expect(place(with_('production'), touching('repo'))).toBe(false)
    expect(place(with_('production'), touching('repo'), ['read'])).toBe(true)
  })

  it('another vendor’s anchor of the same name says nothing', () => {
    expect(place([{ ...anchor('staging', 'h/s'), vendor: 'other' }], touching('h/s'))).toBe(false)
  })
})
