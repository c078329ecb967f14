import { QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { call, Refused } from './call.ts'

export type Params = Readonly<Record<string, string | number | undefined>>
interface Page<Item> {
  readonly items: Item[]
  readonly next_cursor?: string
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 3 && error instanceof Refused && mayPass(error),
    },
  },
})

const mayPass = ({ status }: Refused): boolean => status === 0 || status === 429 || status >= 500

interface OneOptions {
  readonly enabled?: boolean
  readonly params?: Params
  /** Reads it again this often, whatever events say. */
  readonly everyMs?: number
}

/** One thing of the API. Its key begins with its collection, by which events find it: `/v1/tasks/tsk_…` under `/v1/tasks`. */
export const useOne = <Answer>(
  path: string,
  { enabled = true, params = {} as Params, everyMs }: OneOptions = {},
) =>
  useQuery({
    queryKey: [collectionOf(path), path, params],
    queryFn: ({ signal }) => call<Answer>(path + search(params), { signal }),
    enabled,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
  })

/** A list that is short by its nature, and answered whole. */
export function useAll<Item>(path: string, params: Params = {}) {
  const query = useOne<Page<Item>>(path, { params })
  return { ...query, items: query.data?.items ?? [] }
}

/** A list, page after page by cursor. `More`: what each page says besides its items. */
export function useList<Item, More = object>(path: string, params: Params = {}, size = 100) {
  const query = useInfiniteQuery({
    queryKey: [collectionOf(path), path, params, 'list'],
    queryFn: ({ pageParam, signal }) =>
      call<Page<Item> & More>(path + search({ ...params, limit: size, cursor: pageParam || undefined }), {
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
  return {
    ...query,
    items: query.data?.pages.flatMap(({ items }) => items) ?? [],
    first: query.data?.pages[0],
  }
}

/** `/v1/tasks` of `/v1/tasks/tsk_…/end`. */
export const collectionOf = (path: string): string => path.split('/').slice(0, 3).join('/')

export function search(params: Params): string {
  const set = Object.entries(params).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)] as [string, string]],
  )
  return set.length > 0 ? `?${new URLSearchParams(set)}` : ''
}
