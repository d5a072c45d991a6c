/** Knows the methods that each path takes, so that a wrong one is answered with 405 and `Allow` in place of 404. */
import type { FastifyInstance } from 'fastify'

/** For routes that are registered after it. The result takes a URL and gives the methods of its path. */
export function methodsByPath(app: FastifyInstance): (url: string) => string[] {
  const routes: { method: string; path: RegExp }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    const pattern = url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : escaped(part)))
      .join('/')
    for (const name of [method].flat()) routes.push({ method: name, path: new RegExp(`^${pattern}/?$`) })
  })
  return (url) => {
    const [path = ''] = url.split('?', 1)
    return [...new Set(routes.filter((route) => route.path.test(path)).map(({ method }) => method))]
  }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
