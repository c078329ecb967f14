import github from '@credbroker/connectors/kinds/github'

/** What the gateway’s scope lists; the minted one has the permissions that these need, and no others. */
const OPERATIONS = [
  'repos/get',
  'repos/get-content',
  'repos/create-or-update-file-contents',
  'git/create-ref',
  'git/update-ref',
  'pulls/list',
  'pulls/create',
  'pulls/merge',
  'issues/list-for-repo',
  'issues/create',
  'issues/delete-comment',
  'actions/create-workflow-dispatch',
  'actions/list-workflow-runs-for-repo',
  'query.repository',
  'query.repository.contents',
  'query.repository.issues',
  'createIssue',
  'deleteIssueComment',
  'createPullRequest',
  'mergePullRequest',
  'createRef',
  'updateRef',
  'createCommitOnBranch',
]

const called = (
  root: string,
  environment: string,
  repositories: string[],
  operations: readonly string[] = OPERATIONS,
) => ({
  root,
  environment,
  connector: 'github',
  maxTtl: '30m',
  allow: { repositories, operations: [...operations] },
})
export const minted = (root: string, environment: string, repositories: string[]) => ({
  root,
  environment,
  maxTtl: '30m',
  allow: github.inner?.allow(github.spec.parse({ repositories, operations: OPERATIONS })),
})

export function configure(
  home: string,
  ids: { readonly shop: string; readonly toy: string; readonly ledger: string },
) {
  const anchors = (id: string) => [{ vendor: 'github', id }]
  const root = (name: string, environment?: string) => ({
    provider: 'github-app',
    owner: 'mia',
    secret: `file:${home}/${name}.json`,
    ...(environment !== undefined && { environment }),
  })
  return {
    version: 1,
    environments: {
      sandbox: { tier: 'disposable', anchors: anchors(ids.toy) },
      staging: { tier: 'standard', anchors: anchors(ids.shop) },
      production: { tier: 'standard', anchors: anchors(ids.ledger) },
    },
    users: { mia: { roles: ['operator', 'viewer', 'approver'] } },
    agents: { fixer: { owner: 'mia' } },
    roots: { toy: root('toy', 'sandbox'), shop: root('shop', 'staging'), wide: root('wide') },
    scopes: {
      'toy-minted': minted('toy', 'sandbox', [ids.toy]),
      'toy-called': called('toy', 'sandbox', [ids.toy]),
      'shop-minted': minted('shop', 'staging', [ids.shop]),
      'shop-called': called('shop', 'staging', [ids.shop]),
      'wide-called': called('wide', 'staging', [ids.shop]),
      'shop-refs': called('shop', 'staging', [ids.shop], ['deleteRef']),
    },
  }
}
