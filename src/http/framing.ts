/**
 * What Node's parser lets through though a proxy before us, or etcd, would see another request in it, or none: where a request
 * ends and whom it is for must be one and the same to all who read it. Costs a look at the names of the headers.
 */
import type { IncomingMessage } from 'node:http'

/** Why a request is refused before anything of it is looked at. One of them is Node's own word. */
export type FramingProblem =
  | 'NO_VERSION'
  | 'OTHER_VERSION'
  | 'TWO_HOSTS'
  | 'TRANSFER_ENCODING'
  | 'TRANSFER_ENCODING_1_0'
  | 'HPE_HEADER_OVERFLOW'

/** Names and values that Node surely hands over: of more headers some may be missing, and with them what is looked for here. */
const HEADER_STRINGS_MAX = 2000

const HOST = 'host'
const TRANSFER_ENCODING = 'transfer-encoding'

/** Undefined where a request is framed as everybody frames it. */
export function framingProblem(request: IncomingMessage): FramingProblem | undefined {
  const { httpVersionMajor, httpVersionMinor, rawHeaders } = request
  // Without a version it is 0.9 to Node.
  if (httpVersionMajor !== 1) return httpVersionMajor === 0 ? 'NO_VERSION' : 'OTHER_VERSION'
  if (rawHeaders.length >= HEADER_STRINGS_MAX) return 'HPE_HEADER_OVERFLOW'
  let hasHost = false
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === HOST.length) {
      if (name !== 'Host' && name.toLowerCase() !== HOST) continue
      if (hasHost) return 'TWO_HOSTS'
      hasHost = true
    } else if (name.length === TRANSFER_ENCODING.length && name.toLowerCase() === TRANSFER_ENCODING) {
      if (httpVersionMinor === 0) return 'TRANSFER_ENCODING_1_0'
      // As in Go: nothing else, and once. Node takes no second one behind `chunked`.
      if (rawHeaders[at + 1]?.toLowerCase() !== 'chunked') return 'TRANSFER_ENCODING'
    }
  }
  return undefined
}
