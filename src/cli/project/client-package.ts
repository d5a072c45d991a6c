/** Part of `npm run pack:client`: makes dist/ a package of the client alone, so that frontends install no server. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'

const packageUrl = new URL('../../../package.json', import.meta.url)
const dist = new URL('../../../dist/', import.meta.url)

/** What the client imports. */
const needed = ['eventsource-parser', 'openapi-fetch']

interface Package {
  name: string
  version: string
  description: string
  license: string
  dependencies: Record<string, string>
}

/** The same name and the same `fal-jobs/client` as in the whole package, with the client's own dependencies only. */
export function clientPackage({ name, version, description, license, dependencies }: Package) {
  return {
    name,
    version,
    description: `The client of: ${description}`,
    license,
    type: 'module',
    sideEffects: false,
    exports: {
      './client': { types: './client/client.d.ts', default: './client/client.js' },
      './package.json': './package.json',
    },
    files: ['client'],
    dependencies: Object.fromEntries(needed.map((dependency) => [dependency, dependencies[dependency]])),
  }
}

if (import.meta.main) {
  const whole: Package = JSON.parse(await readFile(packageUrl, 'utf8'))
  await mkdir(dist, { recursive: true })
  await writeFile(new URL('package.json', dist), `${JSON.stringify(clientPackage(whole), null, 2)}\n`)
}
