/** The desk passes over a real etcd what it passes over SQLite: tickets through the first and the last of three nodes, what surrounds them through one. */
import { throughFirstAndLast, throughOneNode } from '../../support/three-nodes.js'
import { testErrors } from '../../suites/desk-api/errors.js'
import { testLab } from '../../suites/desk-api/lab.js'
import { testService } from '../../suites/desk-api/service.js'

throughFirstAndLast('the desk', testLab)
throughOneNode('the desk', (target) => {
  testErrors(target)
  testService(target)
})
