const SHA = 'a'.repeat(40)
const file = { message: 'm', content: 'YQ==' }

export interface Act {
  readonly method: string
  /** Below the repository; with a slash before it, below the host. */
  readonly path: string
  readonly body?: { readonly [member: string]: unknown }
  readonly minted: boolean
  readonly gateway: boolean
  /** A heading of docs/connectors/github.md. */
  readonly differs?: string
}

const both =
  (allowed: boolean) =>
  (method: string, path: string, body?: Act['body']): Act => ({
    method,
    path,
    ...(body && { body }),
    minted: allowed,
    gateway: allowed,
  })
export const yes = both(true)
export const no = both(false)
export const differs = (why: string, method: string, path: string, body?: Act['body']): Act => ({
  ...yes(method, path, body),
  gateway: false,
  differs: why,
})

export const ACTS: readonly Act[] = [
  yes('GET', ''),
  yes('GET', 'contents/src/a.ts?ref=main'),
  yes('PUT', 'contents/src/a.ts', file),
  yes('POST', 'git/refs', { ref: 'refs/heads/x', sha: SHA }),
  yes('PATCH', 'git/refs/heads/x', { sha: SHA }),
  yes('GET', 'pulls'),
  yes('POST', 'pulls', { title: 't', head: 'x', base: 'main' }),
  yes('PUT', 'pulls/7/merge', { merge_method: 'squash' }),
  yes('GET', 'issues?state=open'),
  yes('POST', 'issues', { title: 't' }),
  yes('DELETE', 'issues/comments/7'),
  yes('POST', 'actions/workflows/ci.yml/dispatches', { ref: 'main' }),
  yes('GET', 'actions/runs'),
  // Asks for a permission that neither has.
  no('PUT', 'contents/.github/workflows/ci.yml', file),
  no('POST', `statuses/${SHA}`, { state: 'success' }),
  no('GET', 'actions/secrets'),
  no('PUT', 'actions/secrets/KEY', { encrypted_value: 'YQ==', key_id: '1' }),
  no('POST', 'deployments', { ref: 'main' }),
  // Administration, which nobody is given.
  no('DELETE', ''),
  no('PATCH', '', { visibility: 'public' }),
  no('POST', 'keys', { key: 'ssh-ed25519 x' }),
  no('POST', 'hooks', { config: {} }),
  no('PUT', 'collaborators/mallory', {}),
  // Another environment’s, what nobody has, and what is not in a repository.
  no('GET', '/repos/acme/ledger'),
  no('GET', '/repos/acme/ledger/contents/a'),
  no('PUT', '/repos/acme/ledger/contents/a', file),
  no('GET', '/repos/acme/nothing'),
  no('GET', '/user'),
  // What GitHub’s permissions cannot tell apart.
  differs('One permission, many operations', 'DELETE', 'git/refs/heads/x'),
  differs('One permission, many operations', 'DELETE', 'releases/7'),
  differs('One permission, many operations', 'POST', 'issues/7/comments', { body: 'b' }),
  differs('One permission, many operations', 'DELETE', 'actions/runs/7'),
  differs('What a body says', 'PATCH', 'git/refs/heads/x', { sha: SHA, force: true }),
  differs('What nobody classified', 'PUT', 'pulls/7/update-branch'),
  differs('What nobody declared', 'POST', 'pulls', { title: 't', head: 'x', base: 'main', head_repo: 'y' }),
  differs('What nobody declared', 'GET', 'contents/a?undeclared=1'),
  differs('The token itself', 'GET', '/installation/repositories'),
]
