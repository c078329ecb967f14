/**
 * Why a connector does not read a request (I10). A code is permanent: agents branch on it, audit keeps it. `todo` is for
 * the agent, and says nothing about what is at the vendor.
 */
export const REFUSALS = {
  method_refused: 'Use the method that the operation is declared with.',
  header_refused: 'Leave out headers that change the method, the encoding or the protocol.',
  path_refused: 'Write the path plainly: ASCII, no empty or dotted segments, no encoded separators.',
  query_refused: 'Give each query parameter that the operation declares once, plainly written.',
  body_refused: 'Send one JSON object in UTF-8, each member once, with declared members only.',
  too_large: 'Send less, or ask for less at once.',
  no_such_operation: 'Call an operation that the scope declares.',
  not_in_scope: 'Ask for a scope that allows this operation.',
  unclassified:
    'Nobody has classified this operation of the vendor yet, so it is denied. It does not mean that it is safe.',
  batch_refused: 'Send one request at a time.',
  document_refused: 'Send one GraphQL query or mutation that is valid against the schema of the scope.',
  persisted_query_refused: 'Send the document itself instead of a hash or id of one.',
  directive_refused: 'Use no directives but @skip and @include.',
  introspection_refused: 'Use the schema of the scope instead of introspection.',
  schema_drift:
    'The document names what the pinned schema does not have. Leave it out, or have the schema refreshed.',
  argument_refused: 'Give the argument in the declared form.',
  argument_required: 'Say where it applies: left out, this argument widens the call.',
  opaque_input: 'This operation takes input that the broker cannot read, so it is denied.',
  unresolvable: 'The broker cannot find out which environment this touches, so it is denied.',
  answers_credential: 'The answer would be a credential without an end, and an agent holds none.',
  administration_refused:
    'This administers a repository: it can leave behind keys, hooks and members, so only people do it.',
  outside_environments: 'This acts on an account or a workspace, which belongs to no environment.',
} as const satisfies Record<string, string>

export type RefusalCode = keyof typeof REFUSALS

/** `at` names an operation, argument or member that we know ourselves; never a text of the client. */
export interface Refusal {
  readonly refused: RefusalCode
  readonly at?: string
}

/** Thrown inside of a connector; {@link defineConnector} turns it into a {@link Refusal}. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: RefusalCode
  readonly at: string | undefined

  constructor(code: RefusalCode, at?: string) {
    super(code)
    this.code = code
    this.at = at
  }
}
