/** What the keys API's door asks of the headers of every request: whence it comes, and whether it brings a name. */
import type { IncomingMessage } from 'node:http'
import type { OriginHeaders } from '../origin.js'

export interface Caller extends OriginHeaders {
  readonly namesRequest: boolean
  readonly isBrowser: boolean
}

/** Every browser's `User-Agent` begins so, and hardly a program's. */
const BROWSER_AGENT = 'Mozilla/'
const DASH = 0x2d

/** Finds the headers that matter to every request, without the cost of reading all others. */
export function callerOf(request: IncomingMessage): Caller {
  const { rawHeaders } = request
  let origin: string | undefined
  let host: string | undefined
  let namesRequest = false
  let isBrowser = false
  let isFetch = false
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && host === undefined && name.toLowerCase() === 'host') host = rawHeaders[at + 1]
    else if (name?.length === 6 && name.toLowerCase() === 'origin') origin = rawHeaders[at + 1]
    else if (name?.length === 10) isBrowser ||= rawHeaders[at + 1]?.startsWith(BROWSER_AGENT) === true
    else if (name?.length === 12 && name.toLowerCase() === 'x-request-id') namesRequest = true
    // `Sec-Fetch-Site`; `Content-Length` is as long.
    else if (name?.length === 14) isFetch ||= name.charCodeAt(3) === DASH && name.toLowerCase() === 'sec-fetch-site'
  }
  if (isFetch) return { ...request.headers, origin, host, namesRequest, isBrowser: true }
  return { origin, host, namesRequest, isBrowser }
}
