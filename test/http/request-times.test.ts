/** Requests counted by kind: each kind once, and no more kinds than there can be, whatever is sent. */
import { expect, test } from 'vitest'
import { RequestTimes } from '#src/http/request-times.js'

test('requests are counted by method, route and status, whatever their order', () => {
  const times = new RequestTimes()
  for (let round = 0; round < 3; round += 1) {
    times.note('GET', '/a', 200, 1)
    times.note('GET', '/a', 200, 2000)
    times.note('GET', '/a', 404, 3)
    times.note('PUT', '/a', 200, 4)
    times.note('GET', '/b', 200, 5)
  }
  const counted = times.kinds().map(({ method, route, status, times: { counts } }) => {
    return [`${method} ${route} ${status}`, counts.reduce((all, one) => all + one, 0)]
  })
  expect(counted).toEqual([
    ['GET /a 200', 6],
    ['GET /a 404', 3],
    ['PUT /a 200', 3],
    ['GET /b 200', 3],
  ])
})

test('times are in seconds', () => {
  const times = new RequestTimes()
  times.note('GET', '/', 200, 1500)
  const [kind] = times.kinds()
  expect(kind?.times.sum).toBeCloseTo(1.5)
  expect(kind?.times.counts[kind.times.bounds.indexOf(2.5)]).toBe(1)
})

test('methods that no door has are one kind', () => {
  const times = new RequestTimes()
  for (const method of ['TRACE', 'PROPFIND', 'other', '', undefined]) times.note(method, '/', 405, 1)
  expect(times.kinds()).toMatchObject([{ method: 'other', route: '/', status: 405 }])
})
