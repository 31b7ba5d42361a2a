/** Signing in, by a password or by a link that sets one. */
import { passwordCharactersMin } from '../../src/contract/limits.js'
import { own } from './common.js'

export const signIn = {
  title: 'Sign in',
  text: 'This desk is closed: it shows its tickets to whoever it knows.',
  handle: 'Handle',
  password: 'Password',
  send: 'Sign in',
  sending: 'Signing in',
  linkTitle: 'Set your password',
  linkTitleOf: (handle: string) => `Set the password of ${own(handle)}`,
  linkText: `This link is good once. Choose a password of at least ${passwordCharactersMin} characters; it signs you in.`,
  adminTitle: 'Make the first admin',
  adminText: `Choose a handle and a password of at least ${passwordCharactersMin} characters. You can invite others afterwards.`,
  endedTitle: 'This link has ended',
  endedText:
    'It was used, its 30 minutes are over, or it was not copied whole. An admin of this desk can make another one for you.',
  endedFirstText:
    'It was used, its 30 minutes are over, or it was not copied whole. Where there is an admin by now, sign in, or ask them for a link.',
  endedFirstAnother: 'Where there is none, make another link on the machine of the desk:',
  goOn: 'To the desk',
  set: 'Set password',
  noAccount: 'No account? An admin of this desk makes one, and sends you a link.',
  noAdmin:
    'Nobody is an admin yet? The desk said when it started on which link the first one is made, for half an hour. On its machine',
  noAdminAnother: 'tells another one.',
  wasSignedIn: 'Your session has ended. What you were writing is kept in this browser.',
} as const
