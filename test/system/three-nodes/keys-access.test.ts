/** Who may what of the key tree is over a real etcd what it is over SQLite, through a node that came after another. */
import { throughLast } from '../../support/three-nodes.js'
import { testAccess } from '../../suites/keys-api/access.js'
import { testCredentials } from '../../suites/keys-api/credentials.js'

throughLast('the keys API', (target) => {
  testAccess(target)
  testCredentials(target)
})
