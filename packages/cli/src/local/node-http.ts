/**
 * `node:http` without Node's fetch. An `import` of it reads every export there is, and two of them load fetch, which
 * costs a fifth of what `broker exec` may take.
 */
export const { Agent, createServer, request } = process.getBuiltinModule('node:http')
