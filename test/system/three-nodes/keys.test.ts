/** Keys do over a real etcd what they do over SQLite, through the first and the last of two nodes. */
import { throughFirstAndLast } from '../../support/three-nodes.js'
import { testDirectories } from '../../suites/keys-api/directories.js'
import { testKeys } from '../../suites/keys-api/keys.js'

throughFirstAndLast('keys', (target) => {
  testKeys(target)
  testDirectories(target)
})
