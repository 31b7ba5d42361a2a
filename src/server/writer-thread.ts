/** Where the second thread starts: the writer, with the desk's rules. */
import { desk } from '../desk.js'
import { serveWriterThread } from '../store/thread.js'

serveWriterThread(desk)
