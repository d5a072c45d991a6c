/** Facts as the world may send them: any kind, any order, any number of times, of this run and of others. */
import fc from 'fast-check'
import type { Fact } from '../../../src/domain/facts.ts'
import { facts, lost, overdue, rejected, request, run } from '../sample-job.ts'

const runs = fc.constantFrom(run, 'task:1', 'other:0')

const arbitraryFact: fc.Arbitrary<Fact> = fc.oneof(
  fc.constantFrom(...Object.values(facts)),
  fc.record({ type: fc.constant('submitting' as const), run: runs, webhookAsked: fc.boolean() }),
  fc.record({ type: fc.constant('submit_uncertain' as const), run: runs, reason: fc.constant('cut') }),
  fc.record({
    type: fc.constant('submit_delayed' as const),
    run: runs,
    reason: fc.constant('503'),
    code: fc.constant('FAL_UNAVAILABLE'),
    retryInSeconds: fc.integer({ min: 0, max: 30 }),
  }),
  fc.record({
    type: fc.constant('progress' as const),
    falStatus: fc.constantFrom('IN_QUEUE' as const, 'IN_PROGRESS' as const),
    queuePosition: fc.option(fc.nat(50)),
    percent: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  }),
  fc.record({
    type: fc.constant('result_awaited' as const),
    reason: fc.constantFrom('no_payload' as const, 'no_media' as const, 'doubtful' as const),
  }),
  fc.record({ type: fc.constant('failed' as const), error: fc.constantFrom(rejected, overdue, lost) }),
  fc.constant({ type: 'submitted' as const, request: { ...request, statusUrl: null }, keyFallback: true }),
)

export const arbitraryFacts: fc.Arbitrary<Fact[]> = fc.array(arbitraryFact, { maxLength: 24 })
