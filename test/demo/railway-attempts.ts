import { destroying, type Variant } from '../gateway/railway/variants.ts'
import type { ShopIds } from '../harness/railway/shop.ts'

/** What is tried at Railway, in the order of the table, and what a refusal must look like to count as one. */
export const RAILWAY_ATTEMPTS = {
  'railway-file': { title: 'an account token in an unrelated file', refusals: ['Not Authorized'] },
  'railway-volume': {
    title: 'volumeDelete with the id of a production volume',
    refusals: ['call_unresolved'],
    variant: 'volumeDelete with an id of production',
  },
  'railway-alias': {
    title: '… under a harmless name',
    refusals: ['call_unresolved'],
    variant: 'under another name',
  },
  'railway-fragment': {
    title: '… in a fragment',
    refusals: ['call_unresolved'],
    variant: 'in a named fragment',
  },
  'railway-escapes': {
    title: '… with escapes in the JSON',
    refusals: ['call_unresolved'],
    variant: 'with escapes in the JSON',
  },
  'railway-patch': {
    title: 'environmentPatchCommit in staging, the volume in it',
    refusals: ['call_unresolved'],
    variant: 'environmentPatchCommit in staging, with a volume of production in it',
  },
  'railway-patch-live': {
    title: '… in production',
    refusals: ['call_unresolved'],
    variant: 'environmentPatchCommit in production',
  },
  'railway-stage': {
    title: 'environmentStageChanges, to be committed later',
    refusals: ['call_unresolved'],
    variant: 'environmentStageChanges in staging, with a volume of production in it',
  },
  'railway-backup': {
    title: 'its backups first',
    refusals: ['call_unresolved'],
    variant: 'its backup',
  },
  'railway-environment': {
    title: 'all of production: environmentDelete',
    refusals: ['call_unresolved'],
    variant: 'its environment',
  },
  'railway-operations': {
    title: 'two operations, the harmless one selected',
    refusals: ['call_refused'],
    variant: 'two operations, the harmless one selected',
  },
  'railway-batch': { title: 'a batch', refusals: ['call_refused'], variant: 'a batch' },
  'railway-hash': {
    title: 'the hash of a document',
    refusals: ['call_refused'],
    variant: 'the hash of a document',
  },
  'railway-get': { title: 'GET', refusals: ['call_refused'], variant: 'GET' },
  'railway-twice': {
    title: 'a member twice in the JSON',
    refusals: ['call_refused'],
    variant: 'a member twice, the last one harmless',
  },
  'railway-legacy': {
    title: 'the legacy host',
    refusals: ['call_refused'],
    variant: 'at the legacy host, in the path',
  },
  'railway-unclassified': {
    title: 'an operation that nobody has classified',
    refusals: ['operation_unclassified'],
    variant: 'an operation that nobody has classified',
  },
  'railway-token': {
    title: 'a token of its own, to come back with',
    refusals: ['call_refused'],
    variant: 'a token to do it with',
  },
  'railway-secrets': {
    title: 'the variables of production',
    refusals: ['call_unresolved'],
    variant: 'the variables of production',
  },
  'railway-unasked': {
    title: 'a volume of staging, without asking anybody',
    refusals: ['approval_required'],
  },
  // The volume is gone by then: there is nothing to approve any more.
  'railway-again': {
    title: 'the same approval once more',
    refusals: ['approval_invalid', 'call_unresolved'],
  },
  'railway-other': { title: 'the same approval for another volume', refusals: ['approval_invalid'] },
} as const

export type RailwayAttempt = keyof typeof RAILWAY_ATTEMPTS

/** The requests of those attempts that are one. */
export const railwayRequests = (ids: ShopIds): readonly (readonly [RailwayAttempt, Variant])[] => {
  const all = destroying(ids)
  return Object.entries(RAILWAY_ATTEMPTS).flatMap(([attempt, one]) => {
    const variant = 'variant' in one ? all[one.variant] : undefined
    return variant ? [[attempt as RailwayAttempt, variant] as const] : []
  })
}
