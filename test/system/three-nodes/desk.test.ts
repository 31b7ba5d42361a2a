/** The desk passes over a real etcd what it passes over SQLite, through each of three nodes. */
import { throughEachNode } from '../../support/three-nodes.js'
import { testErrors } from '../../suites/desk-api/errors.js'
import { testLab } from '../../suites/desk-api/lab.js'
import { testService } from '../../suites/desk-api/service.js'

throughEachNode('the desk', (target) => {
  testLab(target)
  testErrors(target)
  testService(target)
})
