/** What gRPC, OpenSSL, Node and etcd say, as an operator would: what is wrong, and which setting may put it right. */

/** Words by which a failure is known, and what is said instead. */
const CONNECTION: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/u, 'nothing listens there: start it, or correct the address'],
  [/ENOTFOUND|Name resolution failed/u, 'no machine is called that: correct the address'],
  [/EAI_AGAIN/u, 'its name can not be looked up now: see to name resolution, or give the address in numbers'],
  [/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/u, 'no way leads there: see to the network, or correct the address'],
  [
    /alert (?:bad certificate|certificate required|unknown ca|certificate unknown|handshake failure)|tlsv13 alert/u,
    'it takes connections only with a certificate that it knows: give one that its authority signed with --etcd-cert and --etcd-key',
  ],
  [
    /unable to (?:verify|get)|self.signed certificate/u,
    'its certificate is not signed by the authority that --etcd-ca names (or by one that this machine knows)',
  ],
  [/certificate has expired/u, "its certificate has expired: renew it, or set this machine's clock"],
  [/certificate is not yet valid/u, "its certificate is not valid yet: set this machine's clock"],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID/u,
    'its certificate is not for this name or address: reach it by one that the certificate has',
  ],
  [
    /before secure TLS connection|wrong version number|packet length too long/u,
    'it does not speak TLS there: leave --etcd-ca and --etcd-cert out, or correct the port',
  ],
  [/Protocol error|Received HTTP status code/u, 'what listens there is no etcd v3: correct the address'],
  [/Failed to connect|ECONNRESET|socket hang up/u, 'it ended the connection; where it wants TLS, give --etcd-ca'],
]

const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [/authentication failed/u, 'etcd knows no such user, or another password (etcd-user, ETCDESK_ETCD_PASSWORD)'],
  [
    /permission denied/u,
    'etcd says "permission denied": give the user (etcd-user) a role that may read and write below the prefix',
  ],
  [/user name is empty/u, 'etcd asks for a user: give one with --etcd-user and ETCDESK_ETCD_PASSWORD'],
  [/no leader/u, 'etcd has no leader: see to it that most of its members run and reach each other'],
  [
    /request timed out|leader changed/u,
    'etcd did not get it done in time: see to it that its members reach each other and that their disks keep up',
  ],
  [/database space exceeded/u, "etcd has no room left: make some with 'etcdesk compact', or raise its quota"],
  [/too many requests/u, 'etcd has too many requests to take one more: try again in a moment'],
  [
    /request is too large|received message larger/u,
    'etcd takes smaller requests only: tell --etcd-max-request-bytes what its members were started with',
  ],
  [
    /too many operations/u,
    'etcd takes fewer records in one request: tell --etcd-max-txn-ops what its members were started with',
  ],
  [/has been compacted/u, "etcd's history was compacted while it was read: begin anew"],
]

/** Why a member can't be connected to, from what the library says of it. */
export function whyNotConnected(details: string): string | undefined {
  return CONNECTION.find(([known]) => known.test(details))?.[1]
}

/** Why etcd, which was reached, does not do something, from its own words; those words where they are others. */
export function whyNotDone(details: string): string {
  return ANSWERS.find(([known]) => known.test(details))?.[1] ?? details
}
