// @ts-check
/**
 * The contract's schemas as plain TypeScript, for those who have the client and not the library that the schemas are made with. What
 * is here of JSON Schema is what the contract uses; anything else is an error, so that nothing becomes `unknown` unseen.
 */

/** @typedef {{ readonly [word: string]: unknown }} Schema */

/** @param {unknown} value @returns {value is Schema} */
const isSchema = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param {unknown} list @returns {Schema[]} */
const schemasIn = (list) => (Array.isArray(list) ? list.filter(isSchema) : [])

/** The type that a schema stands for. @param {Schema} schema @returns {string} */
export function typeOf(schema) {
  if (typeof schema['$ref'] === 'string') return schema['$ref'].replace(/#$/u, '')
  const union = schema['anyOf'] ?? schema['oneOf']
  if (union !== undefined) return unionOf(schemasIn(union).map(typeOf))
  if (Array.isArray(schema['enum'])) return unionOf(schema['enum'].map((value) => JSON.stringify(value)))
  if ('const' in schema) return JSON.stringify(schema['const'])
  switch (schema['type']) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema['type']
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return `Array<${isSchema(schema['items']) ? typeOf(schema['items']) : 'unknown'}>`
    case 'object':
      return objectOf(schema)
    case undefined:
      if (Object.keys(schema).every((word) => word === 'description')) return 'unknown'
  }
  throw new Error(`There is no type for the schema ${JSON.stringify(schema)}. Teach scripts/shapes.mjs its words.`)
}

/** A named type with its description. @param {string} name @param {Schema} schema */
export function declarationOf(name, schema) {
  return `${commentOf(schema)}export type ${name} = ${typeOf(schema)}\n`
}

/** @param {readonly string[]} types */
function unionOf(types) {
  return types.length === 0 ? 'never' : `(${[...new Set(types)].join(' | ')})`
}

/** @param {Schema} schema */
function objectOf(schema) {
  const patterns = isSchema(schema['patternProperties']) ? schemasIn(Object.values(schema['patternProperties'])) : []
  if (patterns.length > 0) return `{ [name: string]: ${unionOf(patterns.map(typeOf))} }`
  const properties = isSchema(schema['properties']) ? Object.entries(schema['properties']) : []
  if (properties.length === 0) return '{ [name: string]: unknown }'
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const members = properties.map(([name, member]) => {
    if (!isSchema(member)) throw new Error(`'${name}' is no schema`)
    return `${commentOf(member)}${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(member)}\n`
  })
  return `{\n${members.join('')}}`
}

/** @param {Schema} schema */
function commentOf(schema) {
  const text = schema['description']
  return typeof text === 'string' ? `/** ${text.replaceAll('*/', '* /')} */\n` : ''
}
