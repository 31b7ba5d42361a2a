/** Who may what of the key tree is over a real etcd what it is over SQLite, through the first and the last of three nodes. */
import { throughFirstAndLast, throughOneNode } from '../../support/three-nodes.js'
import { testAccess } from '../../suites/keys-api/access.js'
import { testCredentials } from '../../suites/keys-api/credentials.js'

throughFirstAndLast('the keys API', testAccess)
throughOneNode('the keys API', testCredentials)
