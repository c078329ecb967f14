import http from '@credbroker/connectors/kinds/http'
import type { UpstreamRequest } from '@credbroker/connectors/request'
import type { Json } from '@credbroker/core/canonical-json'
import { asked } from '../../contracts/connector/subject.ts'
import type { Subject, Understood } from '../differential.ts'
import { READINGS, type Reading } from './readings.ts'

const operations = {
  listOrders: {
    method: 'GET',
    path: '/v1/orders',
    access: ['read'],
    query: { limit: 'number', search: 'text' },
    anchor: 'orders',
  },
  getOrder: {
    method: 'GET',
    path: '/v1/orders/{order}',
    access: ['read'],
    parameters: { order: 'id' },
    anchor: 'orders',
  },
  getStatistics: { method: 'GET', path: '/v1/orders/statistics', access: ['read'], anchor: 'orders' },
  patchProject: {
    method: 'PATCH',
    path: '/v1/projects/{project}',
    access: ['write'],
    parameters: { project: 'id' },
    body: ['title', 'labels'],
    anchor: 'projects/{project}',
  },
  deleteVolume: {
    method: 'DELETE',
    path: '/v1/projects/{project}/volumes/{volume}',
    access: ['delete'],
    parameters: { project: 'id', volume: 'id' },
    anchor: 'projects/{project}',
  },
} // prettier-ignore

const server =
  (read: Reading) =>
  ({ method, target, body }: UpstreamRequest): Understood | undefined => {
    const { segments, query } = read(target)
    const given = (path: Record<string, Json>) => ({
      path,
      query: Object.fromEntries(query),
      ...(body !== undefined && { body: JSON.parse(body) as Json }),
    })
    const [version, kind, id, below, second] = segments
    const route = `${method} ${version}/${kind}/${segments.length}`
    if (route === 'GET v1/orders/2') return [{ name: 'listOrders', arguments: given({}) }]
    if (route === 'GET v1/orders/3')
      return id === 'statistics'
        ? [{ name: 'getStatistics', arguments: given({}) }]
        : [{ name: 'getOrder', arguments: given({ order: id ?? null }) }]
    if (route === 'PATCH v1/projects/3')
      return [{ name: 'patchProject', arguments: given({ project: id ?? null }) }]
    if (route === 'DELETE v1/projects/5' && below === 'volumes')
      return [{ name: 'deleteVolume', arguments: given({ project: id ?? null, volume: second ?? null }) }]
    return [{ name: 'none', arguments: { method, segments: [...segments] } }]
  }

export const httpSubject: Subject = {
  connector: http,
  spec: http.spec.parse({ operations }),
  seeds: [
    asked('GET', '/v1/orders?search=a%26b%3Dc%20d&limit=10'),
    asked('GET', '/v1/orders/o-17'),
    asked('GET', '/v1/orders/statistics'),
    asked('PATCH', '/v1/projects/p1', { title: 'A “title”', labels: [1, { b: null }] }),
    asked('DELETE', '/v1/projects/p1/volumes/v9'),
  ],
  words: [
    'orders',
    'projects',
    'volumes',
    'statistics',
    'v1',
    'v9',
    'p1',
    'p2',
    'search',
    'limit',
    'title',
    'labels',
    '"title":1,',
    '&search=x',
    '?limit=1',
    '/v1/',
    'Statistics',
    '%6frders',
    '%76',
  ], // prettier-ignore
  servers: Object.fromEntries(Object.entries(READINGS).map(([name, read]) => [name, server(read)])),
}
