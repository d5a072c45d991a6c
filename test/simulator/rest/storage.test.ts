/** The REST host refuses what FAL refuses: uploads without key, without name, unknown ones, parts that do not match. */

import t, { type Test } from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call } from '../fal-caller.ts'

async function start(test: Test) {
  const simulator = await startSimulator()
  test.teardown(() => simulator.close())
  const initiate = (body: unknown, kind = 'initiate', headers: Record<string, string> = {}) =>
    call(`${simulator.restBase}/storage/upload/${kind}?storage_type=fal-cdn-v3`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers,
    })
  return { simulator, initiate }
}

const file = { content_type: 'text/plain', file_name: '../odd name?.txt' }

t.test('initiation needs a key, a type and a name', async (t) => {
  const { initiate } = await start(t)
  t.equal((await initiate(file, 'initiate', { authorization: 'Key x' })).statusCode, 401)
  const missing = await initiate({ content_type: 'text/plain' })
  t.equal(missing.statusCode, 422)
  t.match(missing.body, { detail: [{ loc: ['body', 'file_name'], type: 'missing' }] })
  t.equal((await initiate([])).statusCode, 422)
})

t.test('odd file names cannot leave their folder', async (t) => {
  const { simulator, initiate } = await start(t)
  const { body } = await initiate(file)
  const path = String(body.file_url).slice(`${simulator.url}/v3b.fal.media`.length)
  t.match(path, /^\/files\/b\/[0-9a-f]{8}\/[\w.-]+$/)
})

t.test(
  'the URL to upload to is that of the file with a signature; without it nothing is taken',
  async (t) => {
    const { initiate } = await start(t)
    const { body } = await initiate(file)
    const [fileUrl, uploadUrl] = [String(body.file_url), String(body.upload_url)]
    t.match(uploadUrl, new RegExp(`^${fileUrl.replaceAll('.', '\\.')}\\?signature=[0-9a-f]{32}$`))
    const put = (url: string) =>
      call(url, { method: 'PUT', body: 'hello', headers: { 'content-type': 'text/plain' } })
    t.equal((await put(fileUrl)).statusCode, 404)
    t.equal((await put(`${fileUrl}?signature=${'0'.repeat(32)}`)).statusCode, 404)
    t.equal((await put(uploadUrl.replace('/b/', '/c/'))).statusCode, 404)
    const stored = await put(uploadUrl)
    t.match(stored, { statusCode: 200, text: '' })
    t.match(stored.headers.get('content-type'), /^text\/plain/)
    t.equal(await (await fetch(fileUrl)).text(), 'hello')
    t.equal((await put(uploadUrl)).statusCode, 404, 'an upload ends once')
  },
)

t.test('parts may come in any order, and are joined in the order of the list', async (t) => {
  const { initiate } = await start(t)
  const { body } = await initiate(file, 'initiate-multipart')
  const at = new URL(String(body.upload_url))
  const put = async (partNumber: number, content: string) => {
    const url = `${at.origin}${at.pathname}/${partNumber}${at.search}`
    return (await call(url, { method: 'PUT', body: content })).body
  }
  const [second, first] = [await put(2, ' world'), await put(1, 'hello')]
  const complete = (parts: unknown) =>
    call(`${at.origin}${at.pathname}/complete${at.search}`, {
      method: 'POST',
      body: JSON.stringify({ parts }),
    })
  for (const wrong of [[], [{ partNumber: 3, etag: 'x' }], [{ ...first, etag: 'x' }], 'text']) {
    t.equal((await complete(wrong)).statusCode, 400)
  }
  t.equal((await complete([first, second])).statusCode, 200)
  t.equal(await (await fetch(String(body.file_url))).text(), 'hello world')
  t.equal((await complete([first, second])).statusCode, 404, 'an upload ends once')
})

t.test('realtime tokens are a JSON string and need a key', async (t) => {
  const { simulator } = await start(t)
  const token = await call(`${simulator.restBase}/tokens/`, {
    method: 'POST',
    body: '{"allowed_apps":["flux"]}',
  })
  t.match(token.text, /^"sim\./)
  const anonymous = await fetch(`${simulator.restBase}/tokens/`, { method: 'POST', body: '{}' })
  t.equal(anonymous.status, 401)
})
