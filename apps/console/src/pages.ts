import { type ComponentType, lazy } from 'react'

export interface ConsolePage {
  /** As the router has it. */
  readonly path: string
  /** Where it stands in the navigation; absent for what only links lead to. */
  readonly nav?: { readonly group: 'Now' | 'Access' | 'Configuration' | 'Record'; readonly title: string }
  /** Second key of `g …`. */
  readonly key?: string
  readonly load: ComponentType<{ readonly params: Readonly<Record<string, string>> }>
}

type Loaded = Promise<{ readonly default: ComponentType<never> }>
const page = (load: () => Loaded): ConsolePage['load'] => lazy(load as never)

/** Every page of the console for somebody who is signed in. Loaded when it is first opened. */
export const PAGES: readonly ConsolePage[] = [
  {
    path: '/',
    nav: { group: 'Now', title: 'Overview' },
    key: 'o',
    load: page(() => import('./pages/overview/overview.tsx')),
  },
  {
    path: '/approvals',
    nav: { group: 'Now', title: 'Approvals' },
    key: 'a',
    load: page(() => import('./pages/approvals/approvals.tsx')),
  },
  { path: '/approvals/:id', load: page(() => import('./pages/approvals/approvals.tsx')) },
  {
    path: '/tasks',
    nav: { group: 'Now', title: 'Tasks' },
    key: 't',
    load: page(() => import('./pages/tasks/tasks.tsx')),
  },
  { path: '/tasks/:id', load: page(() => import('./pages/tasks/task.tsx')) },
  {
    path: '/freeze',
    nav: { group: 'Now', title: 'Freeze' },
    key: 'f',
    load: page(() => import('./pages/tasks/freeze.tsx')),
  },
  {
    path: '/who-has-write',
    nav: { group: 'Access', title: 'Who has write' },
    key: 'w',
    load: page(() => import('./pages/access/who-has-write.tsx')),
  },
  {
    path: '/grants',
    nav: { group: 'Access', title: 'Grants' },
    key: 'g',
    load: page(() => import('./pages/tasks/grants.tsx')),
  },
  {
    path: '/leases',
    nav: { group: 'Access', title: 'Leases' },
    key: 'l',
    load: page(() => import('./pages/tasks/leases.tsx')),
  },
  {
    path: '/environments',
    nav: { group: 'Configuration', title: 'Environments' },
    key: 'e',
    load: page(() => import('./pages/config/environments.tsx')),
  },
  { path: '/environments/:name', load: page(() => import('./pages/config/environment.tsx')) },
  {
    path: '/roots',
    nav: { group: 'Configuration', title: 'Roots' },
    key: 'r',
    load: page(() => import('./pages/config/roots.tsx')),
  },
  { path: '/roots/:name', load: page(() => import('./pages/config/root.tsx')) },
  {
    path: '/scopes',
    nav: { group: 'Configuration', title: 'Scopes' },
    key: 's',
    load: page(() => import('./pages/config/scopes.tsx')),
  },
  { path: '/scopes/:name', load: page(() => import('./pages/config/scope.tsx')) },
  {
    path: '/agents',
    nav: { group: 'Configuration', title: 'Agents' },
    key: 'n',
    load: page(() => import('./pages/config/agents.tsx')),
  },
  { path: '/agents/:name', load: page(() => import('./pages/config/agent.tsx')) },
  {
    path: '/issuers',
    nav: { group: 'Configuration', title: 'Issuers' },
    load: page(() => import('./pages/config/issuers.tsx')),
  },
  { path: '/issuers/:name', load: page(() => import('./pages/config/issuer.tsx')) },
  {
    path: '/teams',
    nav: { group: 'Configuration', title: 'Teams' },
    load: page(() => import('./pages/config/teams.tsx')),
  },
  { path: '/teams/:name', load: page(() => import('./pages/config/team.tsx')) },
  {
    path: '/users',
    nav: { group: 'Configuration', title: 'Users' },
    key: 'u',
    load: page(() => import('./pages/config/users.tsx')),
  },
  { path: '/users/:name', load: page(() => import('./pages/config/user.tsx')) },
  {
    path: '/policies',
    nav: { group: 'Configuration', title: 'Policies' },
    key: 'p',
    load: page(() => import('./pages/policies/policies.tsx')),
  },
  { path: '/policies/:name', load: page(() => import('./pages/policies/policy.tsx')) },
  {
    path: '/simulate',
    nav: { group: 'Configuration', title: 'Simulate' },
    key: 'i',
    load: page(() => import('./pages/policies/simulate.tsx')),
  },
  {
    path: '/audit',
    nav: { group: 'Record', title: 'Audit' },
    key: 'h',
    load: page(() => import('./pages/audit/audit.tsx')),
  },
  { path: '/receipts/:task', load: page(() => import('./pages/receipts/receipt.tsx')) },
  { path: '/account', load: page(() => import('./pages/account/account.tsx')) },
  { path: '/device', load: page(() => import('./pages/account/device.tsx')) },
]
