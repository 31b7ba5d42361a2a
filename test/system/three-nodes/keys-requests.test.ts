/** What surrounds the keys is over a real etcd what it is over SQLite. */
import { throughOneNode } from '../../support/three-nodes.js'
import { testOddRequestLines } from '../../suites/keys-api/odd-request-line.js'
import { testRequests } from '../../suites/keys-api/requests.js'

throughOneNode('the keys API', (target) => {
  testRequests(target)
  testOddRequestLines(target)
})
