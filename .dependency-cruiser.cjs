// The house of docs/architecture.md as rules. A name here is a sentence that must stay true.
const ours = '^(apps|packages)/'
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    rule('no-cycles', 'A cycle has no direction to read in.', {}, { circular: true }),
    rule(
      'every-import-is-found',
      'What is not found is not checked by any other rule either.',
      {},
      { couldNotResolve: true },
    ),
    rule(
      'core-imports-nothing',
      'core is words, ids, errors and schemas: no other package of ours.',
      { path: '^packages/core/src' },
      { path: ours, pathNot: '^packages/core/' },
    ),
    rule(
      'policy-is-pure',
      'policy decides from its arguments alone.',
      { path: '^packages/policy/src', pathNot: '\\.test\\.ts$' },
      {
        path: [ours, '^(node:)?(fs|net|http|https|child_process|dgram|tls)(/|$)'],
        pathNot: '^packages/(core|policy)/',
      },
    ),
    rule(
      'providers-know-only-core',
      'A provider talks to its vendor and to core.',
      { path: '^packages/providers/src' },
      { path: ours, pathNot: '^packages/(core|providers)/' },
    ),
    rule(
      'connectors-are-pure',
      'A connector reads, decides and writes from its arguments alone.',
      { path: '^packages/connectors/src', pathNot: '\\.test\\.ts$' },
      {
        path: [ours, '^(node:)?(fs|net|http|https|child_process|dgram|tls)(/|$)'],
        pathNot: '^packages/(core|connectors)/',
      },
    ),
    rule(
      'kinds-do-not-know-each-other',
      'Adding a provider or a connector never edits another one.',
      { path: '^packages/(providers|connectors)/src/kinds/([^/.]+)' },
      { path: '^packages/$1/src/kinds/', pathNot: '^packages/$1/src/kinds/$2[/.]' },
    ),
    rule(
      'sdk-knows-only-core',
      'What an agent runtime installs holds no server code.',
      { path: '^packages/sdk/src' },
      { path: ours, pathNot: '^packages/(core|sdk)/' },
    ),
    rule(
      'console-knows-only-sdk',
      'The console can do only what the public API can.',
      { path: '^apps/console/src' },
      { path: ours, pathNot: '^(apps/console|packages/(sdk|core))/' },
    ),
    rule(
      'cli-loads-the-server-lazily',
      'The command starts fast: the server is loaded for serve and dev only.',
      { path: '^packages/cli/src' },
      { path: '^apps/', dependencyTypesNot: ['dynamic-import'] },
    ),
    rule(
      'core-of-the-broker-faces-inwards',
      'domain knows core and policy, nothing outward.',
      { path: '^apps/broker/src/domain' },
      { path: '^apps/broker/src/(http|application|adapters|ports)' },
    ),
    rule(
      'ports-are-types',
      'ports name what the application needs and know only the domain.',
      { path: '^apps/broker/src/ports' },
      { path: '^apps/broker/src/(http|application|adapters)' },
    ),
    rule(
      'application-never-sees-adapters',
      'A use case works against ports, and against providers through their interface and guard.',
      { path: '^apps/broker/src/application' },
      { path: ['^apps/broker/src/(adapters|http)', '^packages/providers/src/(kinds/|registry)'] },
    ),
    rule(
      'the-middle-does-no-io',
      'domain, ports and application reach the world through arguments only.',
      { path: '^apps/broker/src/(domain|ports|application)', pathNot: '\\.test\\.ts$' },
      { path: '^(node:)?(fs|net|http|https|child_process|dgram|tls)(/|$)' },
    ),
    rule(
      'adapters-do-not-call-upwards',
      'An adapter implements a port and calls nobody above it.',
      { path: '^apps/broker/src/adapters' },
      { path: '^apps/broker/src/(application|http)' },
    ),
    rule(
      'http-never-sees-adapters',
      'A route calls a use case.',
      { path: '^apps/broker/src/http' },
      { path: '^apps/broker/src/adapters' },
    ),
    rule(
      'drizzle-stays-in-its-adapter',
      'One folder knows the database driver.',
      { path: '^apps/broker/src', pathNot: '^apps/broker/src/adapters/postgres' },
      { path: '(^|/)node_modules/(drizzle-orm|postgres)/' },
    ),
    rule(
      'only-the-root-wires',
      'main.ts alone composes the broker, and offline.ts what works beside it.',
      {
        path: '^apps/broker/src',
        pathNot: '^apps/broker/src/(main|offline|adapters/.*|.*\\.test)\\.ts$|^apps/broker/src/adapters/',
      },
      { path: '^apps/broker/src/adapters' },
    ),
    rule(
      'no-tests-in-products',
      'What ships never imports a test.',
      { path: '/src/', pathNot: '\\.test\\.ts$' },
      { path: '(^test/|\\.test\\.ts$)' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // What a build step makes has no file to look at.
    exclude: { path: ['(^|/)dist/', '^virtual:'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.json'],
    },
  },
}
