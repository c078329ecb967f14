/** Which permission each route of GitHub asks for, as its documentation says. Below `/repos/{owner}/{repo}`; `**` is the rest of the path. */
const TABLE = `
GET                                   metadata read
PATCH                                 administration write
DELETE                                administration write
GET    contents/**                    contents read
PUT    contents/**                    contents write
DELETE contents/**                    contents write
GET    branches                       contents read
GET    branches/*                     contents read
GET    git/ref/**                     contents read
POST   git/refs                       contents write
PATCH  git/refs/**                    contents write
DELETE git/refs/**                    contents write
GET    commits                        contents read
GET    commits/*                      contents read
GET    commits/*/status               statuses read
POST   statuses/*                     statuses write
GET    compare/*                      contents read
GET    pulls                          pull_requests read
GET    pulls/*                        pull_requests read
GET    pulls/*/files                  pull_requests read
POST   pulls                          pull_requests write
PATCH  pulls/*                        pull_requests write
PUT    pulls/*/merge                  contents write
PUT    pulls/*/update-branch            pull_requests write
POST   pulls/*/reviews                pull_requests write
GET    issues                         issues read
GET    issues/*                       issues read
GET    issues/*/comments              issues read
POST   issues                         issues write
PATCH  issues/*                       issues write
POST   issues/*/comments              issues write
DELETE issues/comments/*              issues write
POST   issues/*/labels                issues write
GET    actions/runs                   actions read
GET    actions/runs/*                 actions read
GET    actions/workflows              actions read
POST   actions/workflows/*/dispatches actions write
POST   actions/runs/*/rerun           actions write
POST   actions/runs/*/cancel          actions write
DELETE actions/runs/*                 actions write
GET    releases                       contents read
GET    releases/*                     contents read
POST   releases                       contents write
PATCH  releases/*                     contents write
DELETE releases/*                     contents write
GET    deployments                    deployments read
POST   deployments                    deployments write
GET    keys                           administration read
POST   keys                           administration write
DELETE keys/*                         administration write
GET    hooks                          repository_hooks read
POST   hooks                          repository_hooks write
GET    actions/secrets                secrets read
PUT    actions/secrets/*              secrets write
DELETE actions/secrets/*              secrets write
GET    collaborators                  metadata read
PUT    collaborators/*                administration write
POST   transfer                       administration write
`

const ROUTES = TABLE.trim()
  .split('\n')
  .map((line) => {
    const words = line.trim().split(/\s+/)
    const [permission = '', level = ''] = words.slice(-2)
    const [method = '', path = ''] = words.slice(0, -2)
    const pattern = path
      .split('/')
      .map((part) => (part === '**' ? '.+' : part === '*' ? '[^/]+' : part))
      .join('/')
    return { method, pattern: new RegExp(`^${pattern}$`), permission, level }
  })

/** Undefined where GitHub has no such route. Files of workflows ask for a permission of their own besides. */
export function neededFor(method: string, rest: string): readonly (readonly [string, string])[] | undefined {
  const route = ROUTES.find((each) => each.method === method && each.pattern.test(rest))
  if (!route) return undefined
  const needed = [[route.permission, route.level]] as [string, string][]
  if (method !== 'GET' && /^contents\/\.github\/workflows\//.test(rest)) needed.push(['workflows', 'write'])
  return needed
}
