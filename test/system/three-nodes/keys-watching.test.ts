/** Watches tell over a real etcd what they tell over SQLite, through the first and the last of two nodes. */
import { throughFirstAndLast, throughOneNode } from '../../support/three-nodes.js'
import { testWatching, testWatchLoad } from '../../suites/keys-api/watching.js'

throughFirstAndLast('the keys API', testWatching)
throughOneNode('the keys API', testWatchLoad)
