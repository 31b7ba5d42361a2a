/** What surrounds the keys is over a real etcd what it is over SQLite, through each of three nodes. */
import { throughEachNode } from '../../support/three-nodes.js'
import { testOddRequestLines } from '../../suites/keys-api/odd-request-line.js'
import { testRequests } from '../../suites/keys-api/requests.js'

throughEachNode('the keys API', (target) => {
  testRequests(target)
  testOddRequestLines(target)
})
