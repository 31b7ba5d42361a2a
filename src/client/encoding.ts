/** What both clients need to write URLs and to read answers, and why a transport failed. */

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>

/** A form's body, or what stands behind the `?` of a URL. What is undefined is left out. */
export function encodeFields(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeText(String(value))}`)
    .join('&')
}

/** The end of a URL: `?` and the fields, or nothing. */
export function encodeQuery(fields: Fields): string {
  const text = encodeFields(fields)
  return text === '' ? '' : `?${text}`
}

/** Half a surrogate pair has no bytes in UTF-8; it becomes U+FFFD, as it would in the server. */
export function encodeText(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD'))
}

/** The URL of a server without slashes at its end. */
export function baseOf(endpoint: string): string {
  return endpoint.replace(/\/+$/u, '')
}

/** JSON as a value; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Why a request got no answer, for a sentence. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // fetch says only "fetch failed"; the reason stands in its cause.
  if (error.cause instanceof Error && error.message === 'fetch failed') return reasonOf(error.cause)
  return error.message
}
