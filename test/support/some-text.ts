/** Short texts of what is hard to search: scripts of all kinds, marks, ligatures, and what nobody sees. */
import fc from 'fast-check'

const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...Array.from('aAbB1 .-+\n')) },
  { weight: 4, arbitrary: fc.constantFrom(...Array.from('éßﬁİıΣςйｶﾞガか゛画面ーทำ์ंकि한각각٣½²™①㈱')) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('\u0301', '\u0323', '\u200d', '\ufe0f', '🚀', '👍🏽', '𐐀', '\ud83d', '\ude80'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
)
export const someText = fc.array(character, { maxLength: 14 }).map((each) => each.join(''))
