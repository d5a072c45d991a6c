/** The share of this process's memory that passing data may take, from the limits that the container and V8 set. */
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

const megabyte = 1024 * 1024
/** What the process takes without any load. */
const idleBytes = 160 * megabyte
/** The rest is for garbage that is not collected yet. */
const shareOfMemory = 0.4
const shareOfHeap = 0.6
const atLeast = 64 * megabyte
const atMost = 4096 * megabyte

/** `chosenMb`: what the operator chose; null: by the limits of container and heap. */
export function memoryBudgetBytes(chosenMb: number | null, limits = readLimits()): number {
  if (chosenMb !== null) return chosenMb * megabyte
  const { memoryBytes, heapBytes } = limits
  const share = Math.min((memoryBytes - idleBytes) * shareOfMemory, heapBytes * shareOfHeap)
  return Math.round(Math.min(Math.max(share, atLeast), atMost))
}

/** Without a limit on the container the machine's memory counts. */
function readLimits(): { memoryBytes: number; heapBytes: number } {
  const constrained = process.constrainedMemory()
  const total = totalmem()
  return {
    memoryBytes: constrained > 0 && constrained < total ? constrained : total,
    heapBytes: getHeapStatistics().heap_size_limit,
  }
}
