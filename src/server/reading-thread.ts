/** Where the third thread starts: the one that reads, with the desk's questions. */
import { deskQuestions, DeskRoom } from '../http/desk-api/v1/finding/questions.js'
import { serveReadingThread } from '../store/reading-thread.js'

serveReadingThread((database) => new DeskRoom(database), deskQuestions)
