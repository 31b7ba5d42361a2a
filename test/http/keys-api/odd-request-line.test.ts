/** Request lines that Node's parser refuses and etcd takes, over SQLite. The tests: `test/suites/keys-api/odd-request-line.ts`. */
import { sqliteTarget } from '../../support/target.js'
import { testOddRequestLines } from '../../suites/keys-api/odd-request-line.js'

testOddRequestLines(sqliteTarget)
