/** Create: the full `POST /api/jobs` against a handler that only inserts as many bytes in one transaction. */
import { alternate, type Comparison } from './compare.ts'
import { load } from './load.ts'
import { apiKey, type Setting } from './setting.ts'

export async function benchCreate(setting: Setting, rounds: number, seconds: number): Promise<Comparison[]> {
  const ours = await setting.service({ ROLE: 'api' })
  const floor = await setting.floor()
  const results: Comparison[] = []
  for (const connections of [8, 64]) {
    const body = (n: number) =>
      JSON.stringify({
        model: 'flux-schnell',
        prompt: `a lighthouse in the fog, number ${n}`,
        numOutputs: 1,
        seed: n,
      })
    let run = 0
    results.push(
      await alternate(
        `create, ${connections} connections`,
        rounds,
        () => {
          run++
          return load({
            url: ours.url,
            connections,
            seconds,
            expect: 202,
            request: (n) => ({
              method: 'POST',
              path: '/api/jobs',
              headers: {
                authorization: `Bearer ${apiKey}`,
                'content-type': 'application/json',
                'idempotency-key': `${connections}-${run}-${n}`,
              },
              body: body(n),
            }),
          })
        },
        () =>
          load({
            url: floor.url,
            connections,
            seconds,
            expect: 202,
            request: (n) => ({
              method: 'POST',
              path: '/create',
              headers: { 'content-type': 'application/json' },
              body: body(n),
            }),
          }),
      ),
    )
  }
  await ours.stop()
  await floor.stop()
  return results
}
