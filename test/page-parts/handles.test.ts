/** Which person an `@` in a text means, where handles hold spaces and other signs. */
import { describe, expect, test } from 'vitest'
import { handleAt, handlesOf } from '../../web/parts/handles.js'

describe('the person that a text names', () => {
  const handles = handlesOf(['Ann', 'Ann Lee', "Lin O'Hara (ops)", 'ann@corp.example', '(bot)', 'j.doe', 'Zoë'])
  test.each([
    ['Ann Lee, please look', 'Ann Lee'],
    ['Ann Leeds, please look', 'Ann'],
    ['Ann, please look', 'Ann'],
    ['Ann.', 'Ann'],
    ['Ann', 'Ann'],
    ["Ann's", 'Ann'],
    ["Lin O'Hara (ops): look", "Lin O'Hara (ops)"],
    ['ann@corp.example.', 'ann@corp.example'],
    ['(bot) said so', '(bot)'],
    ['j.doe...', 'j.doe'],
    ['ANN, please look', 'ANN'],
    ['ann lee', 'ann lee'],
    ['J.Doe', 'J.Doe'],
    ['ZOE\u0308: look', 'ZOE\u0308'],
    ['zoë', 'zoë'],
    ['Ann @j.doe', 'Ann'],
  ])('in %j is %s', (text, handle) => {
    expect(handleAt(handles, text)).toBe(handle)
  })

  test.each(['Anna', 'Ann-Marie', 'Ann.corp', 'Lin', "Lin O'Hara", '', ' Ann', 'Ann@elsewhere.example', 'Zoe'])(
    'in %j is nobody',
    (text) => {
      expect(handleAt(handles, text)).toBeUndefined()
    },
  )

  test('is nobody on a desk without people', () => {
    expect(handleAt(handlesOf([]), ' hello')).toBeUndefined()
  })
})
