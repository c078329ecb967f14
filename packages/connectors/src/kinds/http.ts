import { defineConnector } from '../define-connector.ts'
import { type HttpOperation, readHttp, writeHttp } from '../http/language.ts'
import { httpEffect, resolveHttp } from '../http/meaning.ts'
import { httpOperations } from '../http/operations.ts'
import { hostReach } from '../http/reach.ts'
import { headerRoot, headerUpstream, hostAnchor } from '../http/root.ts'
import { spec } from '../http/spec.ts'
import { redactor } from '../redaction/redactor.ts'

/** Any HTTP API whose operations are methods and paths: a scope lists them, with what each one does and touches. */
export default defineConnector({
  kind: 'http',
  title: 'HTTP API by declared paths',
  vendor: 'http',
  anchor: hostAnchor,
  root: headerRoot,
  spec,
  upstream: headerUpstream,
  reach: hostReach,
  parse: readHttp,
  rebuild: ([operation]: readonly [HttpOperation, ...HttpOperation[]], spec) => writeHttp(operation, spec),
  operations: httpOperations,
  access: httpEffect,
  resolve: ([operation], spec, reader) => resolveHttp(operation, spec, reader),
  redact: (secrets) => redactor(secrets),
})
