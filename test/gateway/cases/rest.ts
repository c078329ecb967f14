import { type Case, type Cases, JSON_TYPE } from './case.ts'

/** What the scope of the cases allows. */
export const REST_OPERATIONS = {
  listOrders: {
    method: 'GET',
    path: '/v1/orders',
    access: ['read'],
    query: { limit: 'number', search: 'text' },
    anchor: 'staging',
  },
  getOrder: {
    method: 'GET',
    path: '/v1/orders/{order}',
    access: ['read'],
    parameters: { order: 'id' },
    anchor: 'staging',
  },
  updateOrder: {
    method: 'PATCH',
    path: '/v1/orders/{order}',
    access: ['write'],
    parameters: { order: 'id' },
    body: ['title', 'state'],
    anchor: 'staging',
  },
} // prettier-ignore

const orders = { method: 'GET', target: '/v1/orders' }
const refusedPath = (target: string): Case => ({ target, verdict: 'path_refused' })
const refusedQuery = (query: string): Case => ({ target: `/v1/orders?${query}`, verdict: 'query_refused' })
const withHeader = (name: string, value: string, verdict: Case['verdict']): Case => ({
  target: '/v1/orders',
  headers: [[name, value]],
  verdict,
})
const patch = (
  body: string | Uint8Array,
  verdict: Case['verdict'],
  headers: Case['headers'] = JSON_TYPE,
): Case => ({
  method: 'PATCH',
  target: '/v1/orders/o1',
  headers,
  body,
  verdict,
})

export const PATHS: Cases = {
  'a plain path': { target: '/v1/orders', verdict: orders },
  'letters that need no encoding, encoded: sent plain': { target: '/v1/%6frders', verdict: orders },
  'dots upwards': refusedPath('/v1/orders/../admin'),
  'encoded dots': refusedPath('/v1/%2e%2e/admin'),
  'encoded dots in capitals': refusedPath('/v1/%2E%2E/admin'),
  'dots with an encoded slash': refusedPath('/v1/..%2fadmin'),
  'dots encoded twice': refusedPath('/v1/%252e%252e/admin'),
  'dots behind a parameter of a segment': refusedPath('/v1/;x/../admin'),
  'a parameter of a segment': refusedPath('/v1/orders;admin=1'),
  'a dot alone': refusedPath('/v1/./orders'),
  'an encoded slash': refusedPath('/v1/orders%2fo1'),
  'an encoded backslash': refusedPath('/v1/orders%5co1'),
  'a backslash': { target: '/v1\\orders', verdict: 'framing' },
  'an empty segment': refusedPath('/v1//orders'),
  'two slashes first': refusedPath('//v1/orders'),
  'a slash last': refusedPath('/v1/orders/'),
  'an encoded NUL': refusedPath('/v1/orders%00'),
  'an encoded line break': refusedPath('/v1/orders%0d%0aX: y'.replace(' ', '%20')),
  'an encoded question mark': refusedPath('/v1/orders%3flimit=1'),
  'an encoded number sign': refusedPath('/v1/orders%23'),
  'a letter beyond ASCII, encoded': refusedPath('/v1/orders%C3%A9'),
  'a dot in too many bytes': refusedPath('/v1/%c0%ae%c0%ae/admin'),
  'half an encoding': refusedPath('/v1/orders%2'),
  'another case': { target: '/V1/Orders', verdict: 'no_such_operation' },
  'a path that nobody declared': { target: '/v1/admin', verdict: 'no_such_operation' },
  'a batch endpoint': {
    method: 'POST',
    target: '/batch',
    headers: JSON_TYPE,
    body: '[]',
    verdict: 'no_such_operation',
  },
  'a parameter that is no id': { target: '/v1/orders/a%20b', verdict: 'argument_refused' },
} // prettier-ignore

export const QUERIES: Cases = {
  'declared parameters, in our order': {
    target: '/v1/orders?search=a%26b%3Dc&limit=10',
    verdict: { method: 'GET', target: '/v1/orders?limit=10&search=a%26b%3Dc' },
  },
  'one that nobody declared': refusedQuery('admin=1'),
  'one twice': refusedQuery('limit=1&limit=2'),
  'a method in the query': refusedQuery('method=DELETE'),
  'a method in the query, as frameworks spell it': refusedQuery('_method=DELETE'),
  'a semicolon between': refusedQuery('limit=1;search=x'),
  brackets: refusedQuery('limit[]=1'),
  'encoded brackets': refusedQuery('limit%5B%5D=1'),
  'a plus': refusedQuery('search=a+b'),
  'no value': refusedQuery('limit'),
  'no name': refusedQuery('=1'),
  'an encoded line break': refusedQuery('search=a%0d%0ab'),
  'bytes that are no UTF-8': refusedQuery('search=%ff'),
  'a number that is none': { target: '/v1/orders?limit=1e3', verdict: 'argument_refused' },
  'a second question mark': {
    target: '/v1/orders?search=a?b',
    verdict: { method: 'GET', target: '/v1/orders?search=a%3Fb' },
  },
} // prettier-ignore

export const HEADERS: Cases = {
  'another method by X-HTTP-Method-Override': withHeader(
    'X-HTTP-Method-Override',
    'DELETE',
    'header_refused',
  ),
  'another method by X-Method-Override': withHeader('X-Method-Override', 'DELETE', 'header_refused'),
  'an upgrade': withHeader('Upgrade', 'websocket', 'header_refused'),
  'a compressed body that is none': withHeader('Content-Encoding', 'gzip', 'header_refused'),
  'another host to those who believe it': withHeader('X-Forwarded-Host', 'elsewhere.example', orders),
  'another path to those who believe it': withHeader('X-Original-URL', '/admin', orders),
  'another path, rewritten': withHeader('X-Rewrite-URL', '/admin', orders),
  'who is asking, by Forwarded': withHeader('Forwarded', 'for=127.0.0.1;host=elsewhere.example', orders),
  cookies: withHeader('Cookie', 'session=1', orders),
  'a key of its own': withHeader('X-Api-Key', 'other', orders),
  'a range': withHeader('Range', 'bytes=0-1', orders),
  'a connection that names headers to drop': withHeader('Connection', 'close, authorization', orders),
  'two lengths': {
    method: 'PATCH',
    target: '/v1/orders/o1',
    headers: [...JSON_TYPE, ['Content-Length', '3']],
    body: '{"title":"a"}',
    verdict: 'framing',
  },
  'a length and chunks': {
    method: 'PATCH',
    target: '/v1/orders/o1',
    headers: [...JSON_TYPE, ['Transfer-Encoding', 'chunked']],
    body: '{"title":"a"}',
    verdict: 'framing',
  },
  'two content types': patch('{"title":"a"}', 'header_refused', [
    ...JSON_TYPE,
    ['Content-Type', 'text/plain'],
  ]),
} // prettier-ignore

const nested = (depth: number): string => `{"title":${'['.repeat(depth)}${']'.repeat(depth)}}`

export const BODIES: Cases = {
  'a declared member': patch('{ "title" : "a" }', {
    method: 'PATCH',
    target: '/v1/orders/o1',
    body: { title: 'a' },
  }),
  'a member that nobody declared': patch('{"title":"a","owner":"me"}', 'body_refused'),
  'a member twice': patch('{"title":"a","title":"b"}', 'body_refused'),
  'a member twice, once with an escape': patch('{"title":"a","titl\\u0065":"b"}', 'body_refused'),
  'the prototype': patch('{"__proto__":{"state":"paid"},"title":"a"}', 'body_refused'),
  'a list': patch('[{"title":"a"}]', 'batch_refused'),
  'a text': patch('"title"', 'body_refused'),
  nothing: patch('', 'body_refused'),
  'something after it': patch('{"title":"a"} {"state":"paid"}', 'body_refused'),
  'a comment in it': patch('{"title":"a"/*,"state":"paid"*/}', 'body_refused'),
  'a byte-order mark before it': patch('\ufeff{"title":"a"}', 'body_refused'),
  'bytes that are no UTF-8': patch(
    Uint8Array.from([...Buffer.from('{"title":"'), 0xff, ...Buffer.from('"}')]),
    'body_refused',
  ),
  'half a surrogate pair': patch('{"title":"\\ud800"}', 'body_refused'),
  'a number beyond all numbers': patch('{"title":1e999}', 'body_refused'),
  'braces for ever': patch(nested(5000), 'body_refused'),
  'another type of content': patch('{"title":"a"}', 'header_refused', [['Content-Type', 'text/plain']]),
  'no type of content': patch('{"title":"a"}', 'header_refused', []),
  'another character set': patch('{"title":"a"}', 'header_refused', [
    ['Content-Type', 'application/json; charset=utf-7'],
  ]),
  'a form': patch('title=a', 'header_refused', [['Content-Type', 'application/x-www-form-urlencoded']]),
  'a body where there is none': {
    target: '/v1/orders',
    headers: JSON_TYPE,
    body: '{}',
    verdict: 'body_refused',
  },
} // prettier-ignore

export const METHODS: Cases = {
  'a method that the path does not have': {
    method: 'DELETE',
    target: '/v1/orders/o1',
    verdict: 'method_refused',
  },
  TRACE: { method: 'TRACE', target: '/v1/orders', verdict: 'method_refused' },
  OPTIONS: { method: 'OPTIONS', target: '/v1/orders', verdict: 'method_refused' },
  'a verb of WebDAV': { method: 'PROPFIND', target: '/v1/orders', verdict: 'method_refused' },
  'a verb in small letters': { method: 'get', target: '/v1/orders', verdict: 'framing' },
} // prettier-ignore
