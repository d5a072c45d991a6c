/**
 * The poll schedule: frequent without a webhook, rare where one is expected, never later than FAL's retention allows:
 * FAL forgets a result after an hour, after 6 minutes when it has 10 KB or more.
 */

export interface PollSchedule {
  /** Maximum time between two polls of a live job (`POLL_MAX_SECONDS`). */
  maxMs: number
}

export interface PollSubject {
  webhookAsked: boolean
  pollAttempts: number
  submittedAt: number | null
  expectedSeconds: number | null
  falCompletedAt: number | null
  cancelRequestedAt: number | null
  uncertainSince: number | null
  /** The caller's deadline: a poll is due at that moment. */
  deadlineAt: number | null
}

const firstWithWebhookMs = 20_000
const firstWithoutMs = 700
const growth = 1.5

/** Results of 10 KB or more are gone this long after FAL completed; the smaller ones after an hour. */
export const shortRetentionMs = 6 * 60_000
export const longRetentionMs = 60 * 60_000

/** Time of the next poll: the delay times `jitter` (about 1), but no later than the caller's deadline. */
export function nextPollAtOf(subject: PollSubject, schedule: PollSchedule, now: number, jitter = 1): number {
  const at = now + Math.min(pollDelayMs(subject, schedule, now) * jitter, schedule.maxMs)
  const { deadlineAt } = subject
  return deadlineAt !== null && deadlineAt > now ? Math.min(at, deadlineAt) : at
}

/** Delay until the next poll, in ms, by the number of polls so far. */
function pollDelayMs(subject: PollSubject, schedule: PollSchedule, now: number): number {
  const urgent =
    subject.falCompletedAt !== null || subject.cancelRequestedAt !== null || subject.uncertainSince !== null
  const webhookExpected = subject.webhookAsked && !urgent
  const first = webhookExpected ? firstWithWebhookMs : firstWithoutMs
  const backedOff = first * growth ** Math.min(subject.pollAttempts, 30)
  const cap = urgent
    ? Math.min(schedule.maxMs, 15_000)
    : Math.min(schedule.maxMs, webhookExpected ? 120_000 : 10_000)
  const delay = Math.min(backedOff, cap)
  return webhookExpected ? delay : tightened(delay, subject, now)
}

/** Poll more often around the model's usual run time, when the result is likely. */
function tightened(delay: number, subject: PollSubject, now: number): number {
  if (subject.submittedAt === null || subject.expectedSeconds === null) return delay
  const dueIn = subject.submittedAt + subject.expectedSeconds * 1000 - now
  if (dueIn > 0 && dueIn < delay) return Math.max(dueIn, firstWithoutMs)
  const justDue = dueIn <= 0 && dueIn > -subject.expectedSeconds * 500
  return justDue ? Math.min(delay, 2_000) : delay
}
