/** What a schema's complaint is called on the lab's paths: one refusal in the words that they always had. */
import type { ErrorObject } from '@fastify/ajv-compiler'
import { ticketIdDigits, ticketNumberForms } from '../../contract/ticket-form.js'
import { shortened } from '../repeated.js'
import { DeskError } from './errors.js'

/** What the check says of a body: its first complaint. */
export function labBodyError([complaint]: readonly ErrorObject[]): DeskError {
  if (complaint === undefined) return new DeskError('invalid_body')
  const { keyword, instancePath, params } = complaint
  const field = instancePath.startsWith('/') ? instancePath.slice(1) : undefined
  const isTitle = field === 'value' || field === 'msg'
  switch (keyword) {
    case 'required':
      return new DeskError('invalid_body', `The field '${String(params['missingProperty'])}' is missing from the body.`)
    case 'additionalProperties':
      return new DeskError(
        'invalid_body',
        `The body has a field '${shortened(String(params['additionalProperty']))}' that is not known here. Send it without.`,
      )
    case 'minLength':
      if (isTitle) return new DeskError('invalid_title', `The field '${field}' is empty. Send at least one character.`)
      break
    case 'maxLength':
      if (isTitle) {
        return new DeskError(
          'invalid_title',
          `The field '${field}' is too long. Send at most ${String(params['limit'])} characters.`,
        )
      }
      break
    case 'type':
      if (field === undefined) {
        return new DeskError(
          'invalid_body',
          'The body is not a JSON object. Send one, for example {"value": "Learning to add tickets"}.',
        )
      }
      if (isTitle) return new DeskError('invalid_body', `The field '${field}' is not a string.`)
      break
    default:
  }
  if (field === 'ticket_id') {
    return new DeskError(
      'invalid_body',
      `The field 'ticket_id' is no ticket number. Send its ${ticketIdDigits} digits as a string.`,
    )
  }
  return new DeskError('invalid_body')
}

/** Every text with a form of its own in a query of the lab's is a ticket's number. */
export function labFormOfText(name: string): string {
  return `The query parameter '${name}' is no ticket number. Send ${ticketNumberForms}.`
}
