/** `/v1` does over a real etcd what it does over SQLite, and three nodes are one desk: one after another is asked. */
import { throughAllNodes } from '../../support/three-nodes.js'
import { testV1 } from '../../suites/v1/v1.js'

throughAllNodes('three nodes', testV1)
