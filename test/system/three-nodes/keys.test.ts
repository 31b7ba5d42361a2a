/** Keys do over a real etcd what they do over SQLite, through each of three nodes. */
import { throughEachNode } from '../../support/three-nodes.js'
import { testDirectories } from '../../suites/keys-api/directories.js'
import { testKeys } from '../../suites/keys-api/keys.js'

throughEachNode('keys', (target) => {
  testKeys(target)
  testDirectories(target)
})
