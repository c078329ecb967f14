import type { Subject } from './differential.ts'
import { gitSubject } from './subjects/git.ts'
import { githubSubject } from './subjects/github.ts'
import { graphqlSubject } from './subjects/graphql.ts'
import { httpSubject } from './subjects/http.ts'
import { npmSubject } from './subjects/npm.ts'
import { railwaySubject } from './subjects/railway.ts'

/** Every kind of connector is here: the test compares with the registry. */
export const SUBJECTS: Readonly<Record<string, Subject>> = {
  git: gitSubject,
  github: githubSubject,
  graphql: graphqlSubject,
  http: httpSubject,
  npm: npmSubject,
  railway: railwaySubject,
}
