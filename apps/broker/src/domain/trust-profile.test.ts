import { describe, expect, it } from 'vitest'
import { TRUST_PROFILES } from './trust-profile.ts'
import { flatTests } from './trust-rule.ts'

const refuses = (
  profile: 'github-actions' | 'gitlab',
  token: object,
  claims: Parameters<typeof flatTests>[0],
) => TRUST_PROFILES[profile].refuses?.(token as Record<string, unknown>, flatTests(claims))

describe('what a stranger can start', () => {
  it.each([
    'pull_request',
    'pull_request_target',
    'pull_request_review',
    'issue_comment',
    'issues',
    'workflow_run',
    'fork',
    'Push',
    undefined,
    ['push'],
  ])('at GitHub is refused unless the rule names it: %j', (event_name) => {
    expect(refuses('github-actions', { event_name }, { repository_id: '1' })).toBe(true)
    expect(
      refuses('github-actions', { event_name }, { repository_id: '1', event_name: { glob: 'p*' } }),
    ).toBe(true)
    expect(refuses('github-actions', { event_name }, { repository_id: '1', event_name: ['x', 'y'] })).toBe(
      false,
    )
  })

  it.each(['merge_request_event', 'external_pull_request_event', 'parent_pipeline', 'pipeline', undefined])(
    'at GitLab too: %j',
    (pipeline_source) => {
      expect(refuses('gitlab', { pipeline_source }, { project_id: '1' })).toBe(true)
      expect(refuses('gitlab', { pipeline_source }, { project_id: '1', pipeline_source: 'x' })).toBe(false)
    },
  )

  it('is not a push, a schedule, or what somebody with access starts by hand', () => {
    for (const event_name of ['push', 'schedule', 'workflow_dispatch'])
      expect(refuses('github-actions', { event_name }, { repository_id: '1' })).toBe(false)
    for (const pipeline_source of ['push', 'schedule', 'web'])
      expect(refuses('gitlab', { pipeline_source }, { project_id: '1' })).toBe(false)
  })
})
