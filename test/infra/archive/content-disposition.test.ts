/** A file name in a header is shown right and cannot become another header. */
import fc from 'fast-check'
import t from 'tap'
import { contentDisposition } from '../../../src/infra/archive/content-disposition.ts'

t.test('plain names are quoted, others also given exactly', (t) => {
  t.equal(contentDisposition('cat.png', true), 'inline; filename="cat.png"')
  t.equal(
    contentDisposition('é "x"\r\n.png', false),
    `attachment; filename="_ _x___.png"; filename*=UTF-8''%C3%A9%20%22x%22%0D%0A.png`,
  )
  t.end()
})

t.test('no name breaks out of the header', (t) => {
  const contained = fc.property(fc.string({ unit: 'binary' }), (name) =>
    /^inline; filename="[^"\\\r\n]*"(; filename\*=UTF-8''[A-Za-z0-9%._~!-]*)?$/.test(
      contentDisposition(name, true),
    ),
  )
  t.doesNotThrow(() => fc.assert(contained, { numRuns: 1000 }))
  t.end()
})
