/** What the desk says about itself, over SQLite. The tests: `test/suites/desk-api/service.ts`. */
import { sqliteTarget } from '../support/target.js'
import { testService } from '../suites/desk-api/service.js'

testService(sqliteTarget)
