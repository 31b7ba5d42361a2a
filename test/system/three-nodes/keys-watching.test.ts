/** Watches tell over a real etcd what they tell over SQLite, through each of three nodes. */
import { throughEachNode, throughOneNode } from '../../support/three-nodes.js'
import { testWatching, testWatchLoad } from '../../suites/keys-api/watching.js'

throughEachNode('the keys API', testWatching)
throughOneNode('the keys API', testWatchLoad)
