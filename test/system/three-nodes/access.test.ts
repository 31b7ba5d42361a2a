/** Access over a real etcd is what it is over SQLite, on each of three nodes. */
import { throughAllNodes } from '../../support/three-nodes.js'
import { testAccess } from '../../suites/access/access.js'

throughAllNodes('three nodes', testAccess)
