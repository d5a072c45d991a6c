/** The Kubernetes example names only variables, secrets and paths that exist, and gives a shutdown its time. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { environmentSchema } from '../../src/config/environment.ts'

interface Manifest {
  kind: string
  data?: Record<string, string>
  stringData?: Record<string, string>
  spec: {
    template: {
      spec: {
        terminationGracePeriodSeconds: number
        securityContext: object
        containers: {
          env: { name: string; value: string }[]
          livenessProbe: Probe
          readinessProbe: Probe
          securityContext: object
          resources: { requests: { memory: string } }
        }[]
      }
    }
  }
}
interface Probe {
  httpGet: { path: string }
}

const text = readFileSync(new URL('../../docker/kubernetes/fal-jobs.yaml', import.meta.url), 'utf8')
const manifests: Manifest[] = parseAllDocuments(text).map((document) => document.toJS())
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind)

t.test('every variable is one of ours, every secret file is in the secret', async (t) => {
  const secrets = Object.keys(ofKind('Secret')[0]?.stringData ?? {})
  const variables = Object.entries(ofKind('ConfigMap')[0]?.data ?? {})
  for (const [name, value] of variables) {
    t.ok(Object.hasOwn(environmentSchema.properties, name), name)
    if (name.endsWith('_FILE')) t.ok(secrets.includes(value.replace('/secrets/', '')), value)
  }
})

t.test('probes, roles and the time to stop', async (t) => {
  const deployments = ofKind('Deployment')
  t.equal(deployments.length, 2)
  for (const { spec } of deployments) {
    const { terminationGracePeriodSeconds, containers } = spec.template.spec
    const [container] = containers
    t.ok(terminationGracePeriodSeconds > 8)
    t.equal(container?.livenessProbe.httpGet.path, '/healthz')
    t.equal(container?.readinessProbe.httpGet.path, '/readyz')
    t.ok(container?.env.some(({ name, value }) => name === 'ROLE' && ['api', 'worker'].includes(value)))
  }
})

t.test(
  'the pods fit the Pod Security Standard "restricted", and name no user, as OpenShift wants',
  async (t) => {
    for (const { spec } of ofKind('Deployment')) {
      const { securityContext, containers } = spec.template.spec
      t.same(securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      for (const container of containers) {
        t.same(container.securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        t.equal(container.resources.requests.memory, '512Mi')
      }
    }
    t.match(text, /Kubernetes 1\.30 or newer/, 'preStop.sleep')
  },
)
