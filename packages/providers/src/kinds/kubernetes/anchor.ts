const UID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** A cluster as a whole, or one namespace of it. Clusters have no name of their own: the namespace that each has says which it is. */
export const isAnchor = (anchor: string): boolean => {
  const [cluster = '', namespace, ...more] = anchor.split('/')
  return isUid(cluster) && (namespace === undefined || isNamespace(namespace)) && more.length === 0
}

export const isUid = (text: string): boolean => UID.test(text)
export const isNamespace = (text: string): boolean => NAMESPACE.test(text)

export const anchorOf = (cluster: string, namespace: string): string => `${cluster}/${namespace}`
