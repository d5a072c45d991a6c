/** Row ids by the handful: UUIDv7 of one draw of random bytes, since a draw for each costs more than all else of it. */
import { randomBytes } from 'node:crypto'
import { v7 as newUuid } from 'uuid'

const uuidBytes = 16

/** Each call of what it returns gives the next of `count` ids; for more than that it throws. */
export function drawUuids(count: number): () => string {
  const random = randomBytes(count * uuidBytes)
  let used = 0
  return function nextUuid() {
    const bytes = random.subarray(used, used + uuidBytes)
    used += uuidBytes
    return newUuid({ random: bytes })
  }
}
