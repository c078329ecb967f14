import { defineConnector } from '../define-connector.ts'
import { type GitOperation, readGit, writeGit } from '../git/language.ts'
import { catalogued, gitAnchor, gitEffect, gitOperations, resolveGit } from '../git/meaning.ts'
import { gitUpstream, root } from '../git/root.ts'
import { spec } from '../git/spec.ts'
import { hostReach } from '../http/reach.ts'
import { redactor } from '../redaction/redactor.ts'

/**
 * Git over HTTPS, the smart protocol: a token is a password that can mostly do everything to every repository.
 *
 * @see https://git-scm.com/docs/http-protocol
 */
export default defineConnector({
  kind: 'git',
  title: 'Git over HTTPS',
  vendor: 'git',
  anchor: gitAnchor,
  root,
  spec,
  catalogue: catalogued,
  // A push carries its objects.
  limits: { bodyBytes: 8 * 1024 * 1024 },
  upstream: gitUpstream,
  reach: hostReach,
  parse: readGit,
  rebuild: ([operation]: readonly [GitOperation, ...GitOperation[]]) => writeGit(operation),
  operations: gitOperations,
  access: gitEffect,
  resolve: async ([operation]: readonly [GitOperation, ...GitOperation[]], _spec, reader) =>
    resolveGit(operation, reader),
  redact: (secrets) => redactor(secrets),
})
