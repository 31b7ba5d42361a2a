/** `/v1/me` and `/v1/settings`: who one is, what one may do, and what the desk is set to. */
import type { FastifyInstance } from 'fastify'
import type { Directory } from '../../../catalogue/directory.js'
import * as limits from '../../../contract/limits.js'
import type { DeskSettings, Me } from '../../../contract/v1/me.js'
import { titleCharactersMax } from '../../../contract/ticket-form.js'
import { keyPartsIn, keyRightsOf } from '../../../users/key-parts.js'
import { actionsOf } from '../../../users/role.js'
import { isOpen, may, type Viewer } from '../../../users/viewer.js'
import { readProblems, reads, v1Answers } from './answers.js'
import type { Desk, Look } from './desk.js'
import { sendTagged } from './guards.js'
import { strongQuery } from './parts.js'

const errors = 'problem' as const
const tags = ['desk']

/** Adds the routes. */
export function addMe(app: FastifyInstance, desk: Desk): void {
  app.get(
    '/me',
    {
      config: { errors, saysAge: true, isForAll: true },
      schema: {
        operationId: 'v1GetMe',
        summary: 'Who am I, and what may I do?',
        tags,
        querystring: strongQuery,
        response: v1Answers(reads('Who asks.', 'Me'), readProblems),
      },
    },
    (request, reply) => desk.look(request, reply, (look) => sendTagged(request, reply, undefined, meJson(look))),
  )

  app.get(
    '/settings',
    {
      config: { errors, saysAge: true, isForAll: true },
      schema: {
        operationId: 'v1GetSettings',
        summary: 'What the desk is set to',
        tags,
        querystring: strongQuery,
        response: v1Answers(reads('The settings.', 'DeskSettings'), readProblems),
      },
    },
    (request, reply) => desk.look(request, reply, (look) => sendTagged(request, reply, undefined, settingsJson(look))),
  )
}

function meJson({ viewer, directory }: Look): Me {
  return meOf(directory, viewer)
}

/** Who a viewer is, and what that one may do: what the role has, as far as it was granted. */
export function meOf(directory: Directory, viewer: Viewer): Me {
  const { user, role = null } = viewer
  return {
    user: directory.handle(user),
    role,
    may: [...actionsOf(viewer.role)].filter((action) => may(viewer, action)),
    keys: [...keyPartsIn(keyRightsOf(viewer, user === null ? undefined : directory.user(user)))],
  }
}

function settingsJson({ reading }: Look): DeskSettings {
  return {
    access: isOpen(reading.records) ? 'open' : 'closed',
    limits: {
      titleCharacters: titleCharactersMax,
      nameCharacters: limits.nameCharactersMax,
      textBytes: limits.textBytesMax,
      fieldCharacters: limits.fieldCharactersMax,
      refCharacters: limits.refCharactersMax,
      ticketLabels: limits.ticketLabelsMax,
      ticketAssignees: limits.ticketAssigneesMax,
      ticketWatchers: limits.ticketWatchersMax,
      ticketLinks: limits.ticketLinksMax,
      queues: limits.queuesMax,
      labels: limits.labelsMax,
      statuses: limits.statusesMax,
      fields: limits.fieldsMax,
      batchOperations: limits.batchOperationsMax,
      batchBytes: limits.batchBytesMax,
      page: limits.pageMax,
    },
  }
}
