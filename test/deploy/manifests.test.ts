/**
 * What is deployed in containers, held against the program: no cluster and no builder of images is at hand here, so this says that the
 * files are of the forms that Kubernetes has, and that paths, ports, settings and times in them are the program's.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import Schema from 'typebox/schema'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { settingsTable, variableName } from '#src/server/settings-table.js'
import { ask, openDesk } from '../support/desk-door.js'
import { repositoryRoot } from '../support/source.js'

const deploy = (path: string): string => join(repositoryRoot, 'deploy', path)

const strict = { additionalProperties: false } as const
const labels = Type.Record(Type.String(), Type.String())
const metadata = Type.Object({ name: Type.String(), labels: Type.Optional(labels) }, strict)
const selector = Type.Object({ matchLabels: labels }, strict)

const Probe = Type.Object(
  {
    httpGet: Type.Object({ path: Type.String(), port: Type.String(), scheme: Type.Enum(['HTTP', 'HTTPS']) }, strict),
    periodSeconds: Type.Integer(),
    timeoutSeconds: Type.Optional(Type.Integer()),
    failureThreshold: Type.Optional(Type.Integer()),
  },
  strict,
)

const Container = Type.Object(
  {
    name: Type.String(),
    image: Type.String(),
    args: Type.Array(Type.String()),
    env: Type.Array(Type.Object({ name: Type.String(), value: Type.String() }, strict)),
    ports: Type.Array(Type.Object({ name: Type.String(), containerPort: Type.Integer() }, strict)),
    startupProbe: Probe,
    livenessProbe: Probe,
    readinessProbe: Probe,
    resources: Type.Object({ requests: labels, limits: labels }, strict),
    securityContext: Type.Object(
      {
        allowPrivilegeEscalation: Type.Literal(false),
        readOnlyRootFilesystem: Type.Literal(true),
        capabilities: Type.Object({ drop: Type.Tuple([Type.Literal('ALL')]) }, strict),
      },
      strict,
    ),
    volumeMounts: Type.Array(
      Type.Object({ name: Type.String(), mountPath: Type.String(), readOnly: Type.Optional(Type.Boolean()) }, strict),
    ),
  },
  strict,
)

const Pod = Type.Object(
  {
    automountServiceAccountToken: Type.Literal(false),
    enableServiceLinks: Type.Boolean(),
    terminationGracePeriodSeconds: Type.Integer(),
    topologySpreadConstraints: Type.Optional(Type.Array(Type.Object({ labelSelector: selector }))),
    securityContext: Type.Object(
      {
        runAsNonRoot: Type.Literal(true),
        runAsUser: Type.Integer(),
        runAsGroup: Type.Integer(),
        fsGroup: Type.Integer(),
        seccompProfile: Type.Object({ type: Type.Literal('RuntimeDefault') }, strict),
      },
      strict,
    ),
    containers: Type.Tuple([Container]),
    volumes: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          secret: Type.Optional(Type.Object({ secretName: Type.String(), defaultMode: Type.Integer() }, strict)),
          emptyDir: Type.Optional(Type.Object({ sizeLimit: Type.String() }, strict)),
        },
        strict,
      ),
    ),
  },
  strict,
)

const StatefulSet = Type.Object(
  {
    apiVersion: Type.Literal('apps/v1'),
    kind: Type.Literal('StatefulSet'),
    metadata,
    spec: Type.Object(
      {
        serviceName: Type.String(),
        replicas: Type.Integer(),
        podManagementPolicy: Type.Optional(Type.Enum(['OrderedReady', 'Parallel'])),
        selector,
        template: Type.Object({ metadata: Type.Object({ labels }, strict), spec: Pod }, strict),
        volumeClaimTemplates: Type.Array(
          Type.Object(
            {
              metadata: Type.Object({ name: Type.String() }, strict),
              spec: Type.Object({
                accessModes: Type.Array(Type.Enum(['ReadWriteOnce'])),
                resources: Type.Object({ requests: Type.Object({ storage: Type.String() }, strict) }, strict),
              }),
            },
            strict,
          ),
        ),
      },
      strict,
    ),
  },
  strict,
)

const Service = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('Service'),
    metadata,
    spec: Type.Object(
      {
        selector: labels,
        ports: Type.Array(
          Type.Object({ name: Type.String(), port: Type.Integer(), targetPort: Type.String() }, strict),
        ),
      },
      strict,
    ),
  },
  strict,
)

const Budget = Type.Object(
  {
    apiVersion: Type.Literal('policy/v1'),
    kind: Type.Literal('PodDisruptionBudget'),
    metadata,
    spec: Type.Object({ maxUnavailable: Type.Integer(), selector }, strict),
  },
  strict,
)

const Manifest = Type.Union([StatefulSet, Service, Budget])
type Manifest = Static<typeof Manifest>

function isManifest(value: unknown): value is Manifest {
  return Schema.Check(Manifest, value)
}

/** What a file declares. @throws where it is no YAML, or anything in it is not of a form above */
function manifestsIn(file: string): Manifest[] {
  // As Kubernetes reads it, to which 0440 is a number in octal digits.
  return parseAllDocuments(readFileSync(deploy(`kubernetes/${file}`), 'utf8'), { version: '1.1' }).map((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([])
    const value: unknown = document.toJS()
    if (isManifest(value)) return value
    throw new Error(`${file} declares what is of no known form: ${JSON.stringify(value)}`)
  })
}

function only<Kind extends Manifest['kind']>(file: string, kind: Kind): Extract<Manifest, { kind: Kind }> {
  const found = manifestsIn(file).filter((one): one is Extract<Manifest, { kind: Kind }> => one.kind === kind)
  const [first] = found
  if (first === undefined || found.length > 1) throw new Error(`${file} has not one ${kind}`)
  return first
}

const flags = new Map(Object.values(settingsTable).map((setting) => [variableName(setting.flag), setting]))
const portOf = (address: string | undefined): number => Number(address?.split(':').at(-1))

describe.each(readdirSync(deploy('kubernetes')))('kubernetes/%s', (file) => {
  const set = only(file, 'StatefulSet')
  const pod = set.spec.template.spec
  const [container] = pod.containers
  const env = new Map(container.env.map(({ name, value }) => [name, value]))
  const ports = new Map(container.ports.map(({ name, containerPort }) => [name, containerPort]))

  test('sets what are settings, to what they can be', () => {
    for (const [name, value] of env) {
      if (name === 'NODE_OPTIONS') continue
      const setting = flags.get(name)
      expect([name, setting?.isSecret ?? false]).toEqual([name, false])
      // The files are in the cluster alone.
      if (!value.startsWith('/')) expect(() => setting?.read(value)).not.toThrow()
    }
    expect(container.args).toEqual(['serve'])
  })

  test('has the ports on which the doors listen, which are those of the program and of its container', () => {
    expect(ports.get('desk')).toBe(portOf(env.get('ETCDESK_LISTEN')))
    expect(ports.get('keys')).toBe(portOf(env.get('ETCDESK_KEYS_LISTEN')))
    expect(ports.get('desk')).toBe(settingsTable.listen.defaultValue.port)
    expect(ports.get('keys')).toBe(settingsTable.keysListen.defaultValue?.port)
    const service = only(file, 'Service')
    expect(service.spec.ports.map(({ targetPort }) => ports.has(targetPort))).toEqual([true, true])
    expect(service.spec.selector).toEqual(set.spec.template.metadata.labels)
    expect(set.spec.serviceName).toBe(service.metadata.name)
    expect(set.spec.selector.matchLabels).toEqual(set.spec.template.metadata.labels)
  })

  test('probes what answers to who brings no credential, by the carrier that the doors have', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    await desk.store.run('desk.close', undefined, { actor: null, door: 'machine' })
    expect((await ask(desk.door, 'GET', '/v1/tickets')).status).toBe(401)
    for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      expect([httpGet.path, (await ask(desk.door, 'GET', httpGet.path)).status]).toEqual([httpGet.path, 200])
      expect([httpGet.port, httpGet.scheme]).toEqual(['desk', env.has('ETCDESK_TLS_CERT') ? 'HTTPS' : 'HTTP'])
    }
  })

  test('mounts every file that a setting names, and every mount has its volume', () => {
    const mounts = container.volumeMounts
    const volumes = [...pod.volumes, ...set.spec.volumeClaimTemplates.map(({ metadata: { name } }) => ({ name }))]
    expect(mounts.map(({ name }) => name).toSorted()).toEqual(volumes.map(({ name }) => name).toSorted())
    for (const [, value] of [...env].filter(([, text]) => text.startsWith('/'))) {
      expect(mounts.some(({ mountPath }) => value === mountPath || value.startsWith(`${mountPath}/`))).toBe(true)
    }
    // No others in the container may read a key.
    for (const { secret } of pod.volumes) expect((secret?.defaultMode ?? 0) & 0o007).toBe(0)
  })

  test('gives a stop more time than the server takes at most, and is the user that the container has', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(20)
    const containerfile = readFileSync(deploy('Containerfile'), 'utf8')
    expect(containerfile).toContain(`USER ${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}\n`)
  })

  test('has one node on a file, or several on an etcd, of which one at a time may go', () => {
    const isOnEtcd = env.get('ETCDESK_STORE')?.startsWith('etcd:') === true
    expect(set.spec.replicas).toBe(isOnEtcd ? 3 : 1)
    if (isOnEtcd)
      expect(only(file, 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1, selector: set.spec.selector })
  })
})

test('the image is built from what git knows alone: no data of a desk, nothing built or packed before', () => {
  const lines = (file: string): string[] =>
    readFileSync(deploy(`../${file}`), 'utf8')
      .trim()
      .split('\n')
  const ignored = lines('.gitignore').map((line) => line.replace(/\/$/u, ''))
  expect(ignored).toContain('etcdesk-data')
  // podman reads this name too, docker no other.
  expect(lines('.dockerignore').toSorted()).toEqual(['.git', ...ignored].toSorted())
  const [packed, installed] = [/--pack-destination (\S+)/u, /npm install .*?(\S+)\/etcdesk-\*\.tgz/u].map(
    (form) => form.exec(readFileSync(deploy('Containerfile'), 'utf8'))?.[1],
  )
  expect(packed).toMatch(/^\/(?!build\b)/u)
  expect(installed).toBe(packed)
})

test('the Containerfile sets what are settings, and names the ports of the program', () => {
  const text = readFileSync(deploy('Containerfile'), 'utf8')
  const set = [...text.matchAll(/\b(ETCDESK_[A-Z_]+)=(\S+)/gu)]
  expect(set.length).toBeGreaterThan(2)
  for (const [, name = '', value = ''] of set) expect(() => flags.get(name)?.read(value)).not.toThrow()
  const { listen, keysListen } = settingsTable
  expect(text).toContain(`EXPOSE ${listen.defaultValue.port} ${keysListen.defaultValue?.port}\n`)
})
