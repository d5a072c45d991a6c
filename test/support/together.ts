/**
 * Runs many test files in one process, one after the other: a process of its own costs most files more than what they
 * test. Promise: each file has the time it has alone, and one that cannot be loaded fails.
 */
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const folder = new URL('../', import.meta.url)
const fileMs = Number(process.env.TAP_TIMEOUT ?? 30) * 1_000

/** Every test file of these rooms; where they are too many for one process, the `part`th `of` so many. */
export async function together(rooms: readonly string[], { part = 1, of = 1 } = {}): Promise<void> {
  const found = rooms.flatMap((room) => globSync(`${room}/**/*.test.ts`, { cwd: fileURLToPath(folder) }))
  for (const file of found.sort().filter((_, index) => index % of === part - 1)) {
    // Loading puts its tests in line, and the next file comes after them.
    await t.test(file, async () => {
      t.setTimeout(fileMs)
      await import(new URL(file, folder).href)
    })
  }
}
