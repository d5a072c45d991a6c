/** Endpoint ids: `{owner}/{app}` and a path of the app; three segments make the app of workflows and comfy. */

/** The part of an endpoint id that returned URLs use. */
export function appOf(endpointId: string): string {
  const segments = endpointId.split('/')
  const kept = segments[0] === 'workflows' || segments[0] === 'comfy' ? 3 : 2
  return segments.slice(0, kept).join('/')
}
