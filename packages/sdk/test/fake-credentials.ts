import type { CredentialAnswer } from '@credbroker/core/wire/credentials'

export const fakePostgres = (serial: number): CredentialAnswer['credential'] => ({
  form: 'postgres',
  host: '127.0.0.1',
  port: 5432,
  database: 'orders',
  user: `brk_dep_lease${serial}`,
  password: `pg-canary-${serial}`,
  sslmode: 'disable',
})

export const fakeAws = (serial: number): CredentialAnswer['credential'] => ({
  form: 'aws',
  access_key_id: `ASIAFAKE${serial}`,
  secret_access_key: `aws-canary-${serial}`,
  session_token: `session-canary-${serial}`,
  region: 'eu-central-1',
})

export const fakeGithub = (serial: number): CredentialAnswer['credential'] => ({
  form: 'github',
  token: `ghs_canary.${serial}`,
  api_url: 'https://api.github.com',
  git_url: 'https://github.com',
  repositories: ['acme/shop'],
})

export const fakeKubernetes = (serial: number): CredentialAnswer['credential'] => ({
  form: 'kubernetes',
  token: `kube-canary-${serial}`,
  server: 'https://127.0.0.1:6443',
  namespace: 'shop',
})
