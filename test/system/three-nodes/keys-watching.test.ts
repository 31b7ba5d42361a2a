/** Watches tell over a real etcd what they tell over SQLite, through each of three nodes. */
import { throughEachNode } from '../../support/three-nodes.js'
import { testWatching } from '../../suites/keys-api/watching.js'

throughEachNode('the keys API', testWatching)
