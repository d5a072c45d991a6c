/** The image and the compose file cannot be built in every place this is tested: what can drift unseen is checked here. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { readConfig } from '../../src/config/config.ts'
import { root } from './source-files.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const dockerfile = read('Dockerfile')

interface ComposeService {
  environment?: Record<string, string>
  volumes?: string[]
  depends_on?: unknown
  network_mode?: string
  command?: string[]
  ports?: string[]
}

interface Compose {
  services: Record<string, ComposeService>
  volumes: Record<string, unknown>
}
const compose = parse(read('docker-compose.yml')) as Compose

t.test('the image has the Node that the tests run on', async (t) => {
  const [major] = process.versions.node.split('.')
  const bases = [...dockerfile.matchAll(/^FROM node:(\d+)/gm)].map(([, version]) => version)
  t.ok(bases.length > 0)
  for (const version of bases) t.equal(version, major)
})

t.test('what the image copies exists and is sent to the build', async (t) => {
  const sent = read('.dockerignore').split('\n')
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) =>
    list.split(' '),
  )
  t.ok(copied.includes('src') && copied.includes('migrations'))
  for (const path of copied) {
    t.ok(existsSync(join(root, path)), path)
    t.ok(sent.includes(`!${path}`), `${path} is sent`)
  }
})

t.test('whatever starts the service gives Node the same options', async (t) => {
  const starts = {
    'package.json': /"start": "[^\n]*/,
    Dockerfile: /^ENV NODE_OPTIONS=.*/m,
    'docs/deploy.md': /^ExecStart=.*/m,
    'src/cli/fal-jobs.sh': /^NODE_OPTIONS=.*/m,
  }
  const options = Object.entries(starts).map(([path, line]) => {
    const [found = ''] = line.exec(read(path)) ?? []
    return [path, /--max-semi-space-size=\d+/.exec(found)?.[0]]
  })
  t.type(options[0]?.[1], 'string')
  for (const [path = '', option] of options) t.equal(option, options[0]?.[1], path)
})

t.test('the image does not run as root, and without dev dependencies', async (t) => {
  t.match(dockerfile, /^USER 1000$/m, 'a number: runAsNonRoot cannot judge a name')
  t.match(
    dockerfile,
    /^RUN install -d -o 1000 -g 0 -m 775 \/data /m,
    'any user of the group 0 may write there',
  )
  t.match(dockerfile, /npm ci --omit=dev/)
  const [, check = ''] =
    /^HEALTHCHECK [^\n]*\\\n\s+CMD exec node (\S+) "\$HOST" "\$PORT"$/m.exec(dockerfile) ?? []
  t.ok(existsSync(join(root, check)), check)
})

t.test("the compose file's settings are accepted by the service", async (t) => {
  const environment = compose.services['fal-jobs']?.environment ?? {}
  const config = readConfig(environment)
  t.equal(config.archive.bucket, 'media')
  t.equal(config.archive.s3.accessKeyId, compose.services.store?.environment?.ROOT_ACCESS_KEY_ID)
  t.equal(config.archive.s3.secretAccessKey, compose.services.store?.environment?.ROOT_SECRET_ACCESS_KEY)
  const database = new URL(config.databaseUrl ?? '')
  t.equal(database.password, compose.services.postgres?.environment?.POSTGRES_PASSWORD)
  t.ok(Object.hasOwn(compose.services, database.hostname), 'the database is a service of the file')
  for (const name of Object.keys(environment)) t.match(read('.env.example'), new RegExp(`^#? ?${name}=`, 'm'))
})

t.test("the README's first call uses the compose file's key", async (t) => {
  t.match(read('README.md'), compose.services['fal-jobs']?.environment?.BOOTSTRAP_API_KEY ?? 'missing')
})

t.test('every volume that is mounted by name is declared, and every file by path exists', async (t) => {
  for (const { volumes = [] } of Object.values(compose.services)) {
    for (const volume of volumes) {
      const [from = ''] = volume.split(':')
      t.ok(from.startsWith('.') ? existsSync(join(root, from)) : Object.hasOwn(compose.volumes, from), volume)
    }
  }
})

t.test(
  'who shares a network shares that of a container that only waits, so that each may end and come back',
  async (t) => {
    const holders = Object.values(compose.services).flatMap(
      ({ network_mode: mode }) => mode?.split(':')[1] ?? [],
    )
    t.same([...new Set(holders)], ['network'])
    t.equal(holders.length, 3)
    const { command, ports } = compose.services.network ?? {}
    t.same(command, ['sleep', 'infinity'])
    t.equal(ports?.length, 2, 'ports are those of the network')
  },
)
