/** What etcd's errors say about a write: a refusal is a promise that nothing happened, and all else is unknown. */
import { describe, expect, test } from 'vitest'
import { failureOf, judge } from '#src/etcd/outcome.js'
import { whyNotDone, whyNotConnected } from '#src/etcd/plain-words.js'

/** gRPC's codes by their names. */
const code = {
  cancelled: 1,
  unknown: 2,
  invalid: 3,
  deadline: 4,
  notFound: 5,
  denied: 7,
  exhausted: 8,
  precondition: 9,
  range: 11,
  internal: 13,
  unavailable: 14,
  loss: 15,
  unauthenticated: 16,
}

describe('the outcome of a failed call', () => {
  test.each([
    ['no-room', code.exhausted, 'etcdserver: mvcc: database space exceeded'],
    ['busy', code.exhausted, 'etcdserver: too many requests'],
    ['too-large', code.exhausted, 'grpc: received message larger than max (2600011 vs. 2097152)'],
    ['too-large', code.invalid, 'etcdserver: request is too large'],
    ['too-large', code.invalid, 'etcdserver: too many operations in txn request'],
    ['invalid', code.invalid, 'etcdserver: duplicate key given in txn request'],
    ['auth', code.invalid, 'etcdserver: authentication failed, invalid user ID or password'],
    ['auth', code.invalid, 'etcdserver: user name is empty'],
    ['auth', code.invalid, 'etcdserver: revision of auth store is old'],
    ['auth', code.unauthenticated, 'etcdserver: invalid auth token'],
    ['auth', code.denied, 'etcdserver: permission denied'],
    ['auth', code.unknown, 'auth: permission denied'],
    ['compacted', code.range, 'etcdserver: mvcc: required revision has been compacted'],
    ['future', code.range, 'etcdserver: mvcc: required revision is a future revision'],
    ['not-found', code.notFound, 'etcdserver: requested lease not found'],
    ['invalid', code.precondition, 'etcdserver: authentication is not enabled'],
    ['unavailable', code.unavailable, 'etcdserver: no leader'],
    ['unavailable', code.unavailable, 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1.'],
  ])('is refused (%s): %i %s', (reason, grpcCode, details) => {
    expect(judge({ code: grpcCode, details }).outcome).toEqual({
      type: 'refused',
      reason,
      message: whyNotDone(details),
    })
  })

  test.each([
    ['etcdserver: authentication failed, invalid user ID or password', 'ETCDESK_ETCD_PASSWORD'],
    ['etcdserver: user name is empty', '--etcd-user'],
    ['etcdserver: permission denied', 'a role'],
    ['auth: permission denied', 'a role'],
    ['etcdserver: no leader', 'most of its members run'],
    ['etcdserver: request timed out, possibly due to connection lost', 'did not get it done in time'],
    ['etcdserver: leader changed', 'did not get it done in time'],
    ['etcdserver: mvcc: database space exceeded', 'etcdesk compact'],
    ['etcdserver: too many requests', 'in a moment'],
    ['etcdserver: request is too large', '--etcd-max-request-bytes'],
    ['grpc: received message larger than max (2600011 vs. 2097152)', '--etcd-max-request-bytes'],
    ['etcdserver: too many operations in txn request', '--etcd-max-txn-ops'],
    ['etcdserver: mvcc: required revision has been compacted', 'begin anew'],
  ])('%s is said in words of what to do', (details, words) => {
    expect(whyNotDone(details)).toContain(words)
    expect(whyNotDone(details)).not.toMatch(/etcdserver|mvcc|grpc/u)
  })

  test.each([
    ['connect ECONNREFUSED 127.0.0.1:1', 'nothing listens there'],
    ['Name resolution failed for target dns:no.example:1', 'no machine is called that'],
    ['unable to verify the first certificate', '--etcd-ca'],
    ['808C:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate', '--etcd-cert'],
    ["Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames", 'name or address'],
    ['Client network socket disconnected before secure TLS connection was established', 'does not speak TLS'],
    ['Protocol error', 'no etcd v3'],
    ['certificate has expired', 'renew it'],
  ])('a connection that fails by "%s" is said so too', (details, words) => {
    expect(whyNotConnected(`No connection established. Last error: ${details}. Resolution note: `)).toContain(words)
  })

  test.each([
    [code.unavailable, 'Connection dropped'],
    [code.unavailable, 'read ECONNRESET'],
    [code.unavailable, 'etcdserver: request timed out'],
    [code.unavailable, 'etcdserver: request timed out, possibly due to previous leader failure'],
    [code.unavailable, 'etcdserver: request timed out, possibly due to connection lost'],
    [code.unavailable, 'etcdserver: leader changed'],
    [code.unavailable, 'etcdserver: server stopped'],
    [code.exhausted, 'Bandwidth exhausted or memory limit exceeded'],
    [code.denied, 'Protocol not secure enough'],
    [code.internal, 'Received RST_STREAM with code 2 (Internal server error)'],
    [code.unknown, 'raft proposal dropped'],
    [code.loss, 'something'],
  ])('is unknown: %i %s', (grpcCode, details) => {
    expect(judge({ code: grpcCode, details })).toEqual({
      outcome: { type: 'unknown', message: whyNotDone(details) },
      remedy: 'none',
    })
  })

  test('is unknown where the answer was too large for this client: it is one to something that was done', () => {
    const details = 'Received message larger than max (5000000 vs 4194304)'
    expect(judge({ code: code.exhausted, details })).toEqual({
      outcome: { type: 'unknown', message: whyNotDone(details), isTooLarge: true },
      remedy: 'none',
    })
  })

  test.each([
    [code.deadline, 'Deadline exceeded after 0.500s,LB pick: 0.002s,remote_addr=127.0.0.1:1', 'did not answer in time'],
    [code.cancelled, 'Call cancelled', 'the wait for etcd was ended'],
  ])('is unknown, in plain words, where this client ended it: %i %s', (grpcCode, details, words) => {
    const { outcome } = judge({ code: grpcCode, details })
    expect(outcome).toEqual({ type: 'unknown', message: expect.stringContaining(words) })
  })

  test.each([
    ['elsewhere', code.unavailable, 'etcdserver: no leader'],
    ['elsewhere', code.unavailable, 'Stream refused by server'],
    ['token', code.unauthenticated, 'etcdserver: invalid auth token'],
    ['none', code.exhausted, 'etcdserver: mvcc: database space exceeded'],
  ])('names the remedy (%s): %i %s', (remedy, grpcCode, details) => {
    expect(judge({ code: grpcCode, details }).remedy).toBe(remedy)
  })
})

test("a stream's error that is Node's own, and has no code of gRPC's, is a failure like any other", () => {
  const ended = Object.assign(new Error('write after end'), { code: 'ERR_STREAM_WRITE_AFTER_END' })
  expect(failureOf(ended)).toEqual({ code: code.unknown, details: 'write after end' })
  const denied = Object.assign(new Error('7 PERMISSION_DENIED: no'), { code: code.denied, details: 'no' })
  expect(failureOf(denied)).toEqual({ code: code.denied, details: 'no' })
})
