/** The OpenAPI document as its readers have it: what an operation refers to stands where it does. */

/** With every reference to a parameter or an answer replaced by what it names; schemas stay references. */
export function withoutReferences<Document>(document: Document): Document {
  const root: unknown = document
  const named = (place: string): unknown => place.split('/').slice(1).reduce<unknown>(memberOf, root)
  const read: Document = JSON.parse(JSON.stringify(document), (_, value: unknown) => {
    const place = memberOf(value, '$ref')
    return typeof place === 'string' && /^#\/components\/(?:parameters|responses)\//u.test(place) ? named(place) : value
  })
  return read
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([member]) => member === name)?.[1]
    : undefined
}
