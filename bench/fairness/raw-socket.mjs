// @ts-check
/** A connection on which a client may send what no library would, or take nothing of what it is sent. */
import { connect } from 'node:net'

/** Connects to a door. An error ends the connection and nothing else. @param {string} url */
export function openSocket(url) {
  const { hostname, port } = new URL(url)
  return connect(Number(port), hostname).on('error', () => undefined)
}
