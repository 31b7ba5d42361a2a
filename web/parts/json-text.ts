/**
 * JSON as it is read: set on lines, each token as it was written. Nothing is computed anew, so a number of twenty digits stays that
 * number, and a name that is there twice is shown twice.
 */

/** Set on lines; undefined where the text is no JSON object or list. */
export function prettyJson(text: string): string | undefined {
  if (!/^\s*[[{]/u.test(text) || !isJson(text)) return undefined
  let depth = 0
  const out: string[] = []
  for (const [token] of text.matchAll(/"(?:\\.|[^"\\])*"|[[\]{},:]|[^\s[\]{},:"]+/gu)) {
    const last = out.at(-1)
    if (token === '}' || token === ']') {
      depth--
      if (last === '{' || last === '[') out.push(token)
      else out.push(lineAt(depth), token)
    } else {
      if (last === '{' || last === '[') out.push(lineAt(depth))
      if (token === ',') out.push(',', lineAt(depth))
      else if (token === ':') out.push(': ')
      else out.push(token)
      if (token === '{' || token === '[') depth++
    }
  }
  return out.join('')
}

const lineAt = (depth: number): string => `\n${'  '.repeat(Math.max(0, depth))}`

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
