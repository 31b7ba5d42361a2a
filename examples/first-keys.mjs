// @ts-check
/**
 * A first script against the key store: puts a key twice, gets it, and prints the status and the JSON of each answer.
 *
 *     node examples/first-keys.mjs [URL of the key store]
 *
 * Where the desk is closed ETCDESK_TOKEN names a token with the scope keys:write. It speaks etcd's v2 keys API with nothing but `fetch`, so it works against etcdesk and against etcd alike.
 */

const [, , endpoint = 'http://127.0.0.1:2379'] = process.argv
const url = `${endpoint}/v2/keys/requests`
/** A closed desk wants to know who asks. */
const token = process.env['ETCDESK_TOKEN']
const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }

/** Sends one request and prints what comes back. @param {RequestInit} [request] */
async function show(request) {
  const response = await fetch(url, { ...request, headers })
  console.log(response.status)
  console.log(JSON.stringify(await response.json()))
}

/** A form body, as a web page would send it. @param {string} value @returns {RequestInit} */
const put = (value) => ({ method: 'PUT', body: new URLSearchParams({ value }) })

try {
  await show(put('Learning to put keys'))
  await show(put('Learning to put keys again'))
  await show()
} catch (error) {
  console.error(`There is no key store at ${endpoint}. Start one with: npm start`)
  if (!(error instanceof TypeError)) throw error
  process.exitCode = 1
}
