/** The desk passes over a real etcd what it passes over SQLite: tickets through a node that came after another, what surrounds them through one alone. */
import { throughLast, throughOneNode } from '../../support/three-nodes.js'
import { testErrors } from '../../suites/desk-api/errors.js'
import { testLab } from '../../suites/desk-api/lab.js'
import { testService } from '../../suites/desk-api/service.js'

throughLast('the desk', testLab)
throughOneNode('the desk', (target) => {
  testErrors(target)
  testService(target)
})
