/**
 * The settings of `etcdesk serve`, each once: its name, what it means, its default and how it is read. A setting can be given
 * as a flag (`--keys-listen`), an environment variable (`ETCDESK_KEYS_LISTEN`) or a key of a JSON config file
 * (`"keys-listen"`). Help and docs are made from this table; `settings.ts` reads by it.
 */
import type { Address } from '../http/door.js'
import {
  readAddress,
  readAge,
  readAddressOrOff,
  readBaseUrl,
  readCertificateFile,
  readEventCount,
  readFolder,
  readHosts,
  readKeyFile,
  readLogLevel,
  readOrigins,
  readRate,
  readRequestBytes,
  readFile,
  readNetworks,
  readSeconds,
  readStoreUrl,
  readSwitch,
  readText,
  readTxnOperations,
  type LogLevel,
  type Reader,
} from './setting-values.js'

/** All settings, read and checked. */
export interface Settings {
  /** Where the desk listens. */
  readonly listen: Address
  /** Where the keys API listens; undefined when it is off. */
  readonly keysListen: Address | undefined
  readonly dataDirectory: string
  /** URL of the store; undefined stands for `desk.db` in the data folder. */
  readonly store: string | undefined
  /** Certificates and the key for etcd, as PEM text; user and password. */
  readonly etcdCa: string | undefined
  readonly etcdCert: string | undefined
  readonly etcdKey: string | undefined
  readonly etcdUser: string | undefined
  readonly etcdPassword: string | undefined
  /** How often etcd's history is compacted; 0: never. */
  readonly etcdCompactSeconds: number
  /** How often the local copy is compared with what lies in etcd; 0: never. */
  readonly etcdCompareSeconds: number
  /** For how long a start tries an etcd that can't be reached. */
  readonly etcdStartSeconds: number
  /** What etcd's members were told by their flags of these names. */
  readonly etcdMaxRequestBytes: number
  readonly etcdMaxTxnOps: number
  /** How many events are kept for late watchers. */
  readonly historyEventsMax: number
  /** What other machines call the desk and the keys API by; undefined: the address that it listens on. */
  readonly advertise: string | undefined
  readonly keysAdvertise: string | undefined
  readonly cors: readonly string[]
  readonly hostWhitelist: readonly string[]
  readonly insecure: boolean
  /** Files of the doors' certificate and its key; plain HTTP where there are none. */
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  /** For how long browsers are told to come by TLS alone; 0: nothing is said. */
  readonly hstsSeconds: number
  /** Proxies whose word is taken for whence a request came: addresses and networks. */
  readonly trustedProxies: readonly string[]
  /** For how long a closed desk that hears nothing of etcd answers reads; 0: for ever. */
  readonly staleReadsSeconds: number
  /** Requests a second: of one user or address, and of all; 0: no limit. */
  readonly rateLimit: number
  readonly rateLimitNode: number
  readonly logLevel: LogLevel
}

export interface Setting<T> {
  /** Name of the flag without its dashes, and of the key in a config file. */
  readonly flag: string
  /** What stands for the value in the help; undefined where the flag takes none. */
  readonly placeholder: string | undefined
  readonly help: string
  /** The default in words, for the help. */
  readonly defaultText: string
  readonly defaultValue: T
  readonly read: Reader<T>
  /** Not to be seen in a list of processes: a variable or the config file may set it, no flag. */
  readonly isSecret?: boolean
}

type SettingsTable = { readonly [Name in keyof Settings]: Setting<Settings[Name]> }

/** Every setting, in the order of the help. */
export const settingsTable: SettingsTable = {
  listen: {
    flag: 'listen',
    placeholder: 'HOST:PORT',
    help: 'where the desk listens; port 0 picks a free one',
    defaultText: '127.0.0.1:2224',
    defaultValue: { host: '127.0.0.1', port: 2224 },
    read: readAddress,
  },
  keysListen: {
    flag: 'keys-listen',
    placeholder: 'HOST:PORT|off',
    help: "where the keys API (etcd's v2 API) listens, or off",
    defaultText: '127.0.0.1:2379',
    defaultValue: { host: '127.0.0.1', port: 2379 },
    read: readAddressOrOff,
  },
  dataDirectory: {
    flag: 'data',
    placeholder: 'DIR',
    help: 'folder that holds the data; made when it is not there',
    defaultText: 'etcdesk-data',
    defaultValue: 'etcdesk-data',
    read: readFolder,
  },
  store: {
    flag: 'store',
    placeholder: 'URL',
    help:
      'where the data is: sqlite:PATH, a file; sqlite::memory:, nothing is kept after the end; ' +
      'etcd://HOST:PORT,HOST:PORT/PREFIX, an etcd v3 cluster, with a local copy in DIR',
    defaultText: 'sqlite:DIR/desk.db',
    defaultValue: undefined,
    read: readStoreUrl,
  },
  etcdCa: {
    flag: 'etcd-ca',
    placeholder: 'FILE',
    help: "certificate of the authority that signed etcd's certificates; with it etcd is spoken to over TLS",
    defaultText: 'none',
    defaultValue: undefined,
    read: readCertificateFile,
  },
  etcdCert: {
    flag: 'etcd-cert',
    placeholder: 'FILE',
    help: 'certificate that is shown to etcd',
    defaultText: 'none',
    defaultValue: undefined,
    read: readCertificateFile,
  },
  etcdKey: {
    flag: 'etcd-key',
    placeholder: 'FILE',
    help: 'key of that certificate',
    defaultText: 'none',
    defaultValue: undefined,
    read: readKeyFile,
  },
  etcdUser: {
    flag: 'etcd-user',
    placeholder: 'NAME',
    help: 'user in etcd; the password is given by ETCDESK_ETCD_PASSWORD (or the config file of serve), since all can see flags',
    defaultText: 'none',
    defaultValue: undefined,
    read: readText,
  },
  etcdPassword: {
    flag: 'etcd-password',
    placeholder: 'TEXT',
    help: 'password of the user in etcd',
    defaultText: 'none',
    defaultValue: undefined,
    read: readText,
    isSecret: true,
  },
  etcdCompactSeconds: {
    flag: 'etcd-compact-interval',
    placeholder: 'SECONDS',
    help: 'how often one of the nodes lets etcd forget the history before the last interval, which makes room; 0: never',
    defaultText: '300',
    defaultValue: 300,
    read: readSeconds,
  },
  etcdCompareSeconds: {
    flag: 'etcd-compare-interval',
    placeholder: 'SECONDS',
    help: 'in what time a node compares all of its local copy with what lies in etcd, little by little; 0: never',
    defaultText: '3600',
    defaultValue: 3600,
    read: readSeconds,
  },
  etcdStartSeconds: {
    flag: 'etcd-start-timeout',
    placeholder: 'SECONDS',
    help: 'for how long a start tries, again and again, an etcd that can not be reached; 0: once',
    defaultText: '30',
    defaultValue: 30,
    read: readSeconds,
  },
  etcdMaxRequestBytes: {
    flag: 'etcd-max-request-bytes',
    placeholder: 'BYTES',
    help: "what etcd's members were started with under this name: how large a commit, and a value, may be",
    defaultText: '1572864',
    defaultValue: 1_572_864,
    read: readRequestBytes,
  },
  etcdMaxTxnOps: {
    flag: 'etcd-max-txn-ops',
    placeholder: 'N',
    help: "what etcd's members were started with under --max-txn-ops: how many records one commit may change",
    defaultText: '128',
    defaultValue: 128,
    read: readTxnOperations,
  },
  historyEventsMax: {
    flag: 'history',
    placeholder: 'N',
    help: 'how many events are kept for watchers that come late',
    defaultText: '100000',
    defaultValue: 100_000,
    read: readEventCount,
  },
  advertise: {
    flag: 'advertise',
    placeholder: 'URL',
    help: 'what others are told to call the desk of this node by (/nodes)',
    defaultText: 'the address it listens on',
    defaultValue: undefined,
    read: readBaseUrl,
  },
  keysAdvertise: {
    flag: 'keys-advertise',
    placeholder: 'URL',
    help: 'what clients are told to call the keys API by (/v2/members, /v2/machines)',
    defaultText: 'the address it listens on',
    defaultValue: undefined,
    read: readBaseUrl,
  },
  cors: {
    flag: 'cors',
    placeholder: 'ORIGINS',
    help: 'origins whose web pages may call both doors, separated by commas, or * for all',
    defaultText: 'none',
    defaultValue: [],
    read: readOrigins,
  },
  hostWhitelist: {
    flag: 'host-whitelist',
    placeholder: 'HOSTS',
    help: 'names that requests may call the doors by, separated by commas, or * for all; addresses, loopback names and those of --advertise are taken anyway, and, where other machines can reach them, the name of this machine',
    defaultText: 'none',
    defaultValue: [],
    read: readHosts,
  },
  insecure: {
    flag: 'insecure',
    placeholder: undefined,
    help: 'leave a desk open that other machines can reach: whoever reaches it can read and change everything; else such a desk is closed',
    defaultText: 'off',
    defaultValue: false,
    read: readSwitch,
  },
  tlsCert: {
    flag: 'tls-cert',
    placeholder: 'FILE',
    help: 'certificate of both doors in PEM form, with those that lead to its authority behind it; looked at again when it changes',
    defaultText: 'none, plain HTTP',
    defaultValue: undefined,
    read: readFile,
  },
  tlsKey: {
    flag: 'tls-key',
    placeholder: 'FILE',
    help: 'key of that certificate',
    defaultText: 'none',
    defaultValue: undefined,
    read: readFile,
  },
  hstsSeconds: {
    flag: 'hsts',
    placeholder: 'SECONDS',
    help: 'for how long browsers that came by TLS are to come by nothing else (Strict-Transport-Security); 0: nothing is said',
    defaultText: '0',
    defaultValue: 0,
    read: readAge,
  },
  trustedProxies: {
    flag: 'trusted-proxy',
    placeholder: 'ADDRESSES',
    help: "addresses and networks of proxies, separated by commas, whose X-Forwarded-For says whence a request comes; nobody else's does",
    defaultText: 'none',
    defaultValue: [],
    read: readNetworks,
  },
  staleReadsSeconds: {
    flag: 'stale-reads',
    placeholder: 'SECONDS',
    help: 'how long a node of a closed desk answers reads while it has no contact with etcd, so can not know whose rights have ended; 0: for ever',
    defaultText: '60',
    defaultValue: 60,
    read: readSeconds,
  },
  rateLimit: {
    flag: 'rate-limit',
    placeholder: 'N',
    help: 'how many requests a second one user, or one address of which nobody is known, may send to the desk, ten times as many at once; programs of this machine are not limited; 0: no limit',
    defaultText: '200',
    defaultValue: 200,
    read: readRate,
  },
  rateLimitNode: {
    flag: 'rate-limit-node',
    placeholder: 'N',
    help: 'the same of all users and addresses together; 0: no limit',
    defaultText: '0',
    defaultValue: 0,
    read: readRate,
  },
  logLevel: {
    flag: 'log-level',
    placeholder: 'LEVEL',
    help: 'what is logged on stderr: debug (every request), info (failed and slow requests, other trouble, and when it stops), warn, error, fatal or silent; trace says no more than debug',
    defaultText: 'info',
    defaultValue: 'info',
    read: readLogLevel,
  },
}

/** The setting that names the config file; it can not stand in the file itself. */
export const configSetting = {
  flag: 'config',
  placeholder: 'FILE',
  help: 'JSON file with settings by the names of these flags, such as {"listen": "127.0.0.1:8080"}',
} as const

/** The environment variable of a setting: `ETCDESK_KEYS_LISTEN` for `keys-listen`. */
export function variableName(flag: string): string {
  return `ETCDESK_${flag.toUpperCase().replaceAll('-', '_')}`
}
