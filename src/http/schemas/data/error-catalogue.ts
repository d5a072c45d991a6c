/** Every code that a caller may be answered with, explained once: for the page /docs/errors and for docs/errors.md. */
import type { ErrorCode } from '../../../domain/errors.ts'
import type { JobErrorCode } from '../../../domain/job.ts'

export interface ErrorEntry {
  meaning: string
  cause: string
  whatToDo: string
  retryable: 'yes' | 'no' | 'sometimes'
}

/** Codes of problem documents. `retryable`: whether the same request may succeed later. */
export const problemCatalogue: Record<ErrorCode, ErrorEntry> = {
  MALFORMED_BODY: {
    meaning: 'The body of the request could not be read.',
    cause: 'It is not JSON, not UTF-8, or was cut off on the way.',
    whatToDo: 'Send valid JSON in UTF-8 with its Content-Length.',
    retryable: 'no',
  },
  UNAUTHENTICATED: {
    meaning: 'The request has no valid credential.',
    cause:
      'The API key is missing, unknown, expired or revoked; a job token has expired; an API key stands in the URL, where only job tokens are taken. At the webhook: the signature is missing or wrong.',
    whatToDo: 'Send `Authorization: Bearer <key>` with a key that is valid, or fetch a new job token.',
    retryable: 'no',
  },
  INSUFFICIENT_CREDITS: {
    meaning: 'The account does not have the credits that the job would reserve.',
    cause:
      '`CREDITS=enforced`, and the estimate is above what is available. `credits` in the problem has the amounts.',
    whatToDo: 'Grant credits (`POST /api/credits/grants`, admin), or ask for less. Then create again.',
    retryable: 'no',
  },
  FORBIDDEN: {
    meaning: 'The credential is valid but may not do this.',
    cause:
      'The key lacks a scope, or one of its limits (models, kinds, cost per job or month) forbids the job; a job token was used beyond its job. At the webhook: the delivery belongs to another FAL account.',
    whatToDo:
      'Use a key with the scope or limit that `detail` names. The monthly limit is new with the next UTC month.',
    retryable: 'no',
  },
  NOT_FOUND: {
    meaning: 'There is nothing under this address for this client.',
    cause: 'The id or path is wrong, the thing was erased, or it belongs to another client.',
    whatToDo: 'Check the id and which client the key belongs to.',
    retryable: 'no',
  },
  METHOD_NOT_ALLOWED: {
    meaning: 'The path exists, but not with this method.',
    cause: 'For example a GET of the webhook path, which takes POST only.',
    whatToDo: 'Use the method that openapi.yaml names.',
    retryable: 'no',
  },
  CONFIRMATION_REQUIRED: {
    meaning: 'The job may cost more than is done without a confirmation.',
    cause: 'Its estimate is above `CONFIRM_ABOVE_MICROS`. `estimate` in the problem has the amounts.',
    whatToDo: 'Show the price to whom it concerns, then send the same create with `confirm: true`.',
    retryable: 'no',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    meaning: 'A request with the same Idempotency-Key is still being answered.',
    cause: 'The first one has not committed within five seconds.',
    whatToDo: 'Wait for `Retry-After` and send the same request with the same key: you get the first answer.',
    retryable: 'yes',
  },
  QUOTE_CHANGED: {
    meaning: 'The create does not match its quote any more.',
    cause:
      'The price changed, the request leads to another input, or ten minutes are over; `errors[0].code` says which.',
    whatToDo: 'Ask for a new quote and create with its `quoteId`.',
    retryable: 'no',
  },
  JOB_FINAL: {
    meaning: 'The job has ended, and this works on live jobs only.',
    cause:
      'It was canceled after its end, or a completed job was to be retried. `jobStatus` in the problem says how it ended.',
    whatToDo: 'Read the job. To run a completed job once more, create a new one.',
    retryable: 'no',
  },
  JOB_NOT_FINAL: {
    meaning: 'The job has not ended, and this works on ended jobs only.',
    cause: 'It was to be erased, retried or archived while it runs.',
    whatToDo: 'Wait for its end, or cancel it first.',
    retryable: 'no',
  },
  PAYLOAD_TOO_LARGE: {
    meaning: 'The body is larger than the route takes.',
    cause: 'Bodies that create or quote jobs are limited to 10 MB, others to 64 KB, webhooks to 32 MB.',
    whatToDo: 'Send input files by URL instead of `data:` URIs.',
    retryable: 'no',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    meaning: 'The body has a type or charset that the route does not take.',
    cause: 'Another Content-Type than `application/json`, or another charset than UTF-8.',
    whatToDo: 'Send `Content-Type: application/json`.',
    retryable: 'no',
  },
  INVALID_PARAMS: {
    meaning: 'The request was understood, and one or more of its values cannot be used.',
    cause:
      'See `errors`: each has a `pointer` to the place, a `message`, a `code` (listed below) and, where they can be listed, the `allowed` values.',
    whatToDo: 'Correct what each pointer names. All errors are reported at once.',
    retryable: 'no',
  },
  UNKNOWN_MODEL: {
    meaning: 'The model does not exist.',
    cause: 'A name without a slash is neither an alias nor a synonym, or FAL does not know the endpoint id.',
    whatToDo: 'Use one of the names in `errors[0].allowed`, or look into `GET /api/models`.',
    retryable: 'no',
  },
  IDEMPOTENCY_KEY_REUSED: {
    meaning: 'The Idempotency-Key was used before with another request.',
    cause: 'Two different requests share a key, or the body changed between two tries.',
    whatToDo: 'Use a new key for a new request; repeat an old one byte for byte in meaning.',
    retryable: 'no',
  },
  RATE_LIMITED: {
    meaning: 'Too many requests, jobs in flight or open streams.',
    cause:
      "The key's rate or `maxJobsInFlight`, the streams of a job token, or many wrong keys from one address; `detail` says which.",
    whatToDo: 'Wait for `Retry-After`. `RateLimit` headers say where the key stands.',
    retryable: 'yes',
  },
  INTERNAL: {
    meaning: 'A fault of the service.',
    cause: 'A bug, or data that should not exist. The log has the cause under the `requestId`.',
    whatToDo:
      'Report the `requestId`. A create with an Idempotency-Key may be repeated safely: it never pays twice.',
    retryable: 'no',
  },
  UNAVAILABLE: {
    meaning: 'The service cannot do this at the moment.',
    cause: 'The database or FAL is unreachable, the process is stopping, or it sheds load.',
    whatToDo: 'Wait for `Retry-After` and repeat; a create with the same Idempotency-Key.',
    retryable: 'yes',
  },
}

/** Codes in `error.code` of a job. `retryable`: whether the same request, sent as a new job, may succeed; the job itself says it too. */
export const jobErrorCatalogue: Record<JobErrorCode, ErrorEntry> = {
  FAL_REJECTED: {
    meaning: 'FAL or the model refused the input.',
    cause:
      "A value that the model does not take, or an input file that it could not fetch. `details` has FAL's reasons with their `loc`.",
    whatToDo: 'Correct the input and create a new job.',
    retryable: 'no',
  },
  CONTENT_POLICY: {
    meaning: "The content was refused by the model's policy.",
    cause: 'The prompt, an input file or the output was flagged.',
    whatToDo: 'Change the content.',
    retryable: 'no',
  },
  FAL_UNAVAILABLE: {
    meaning: "FAL or the model's runner failed.",
    cause: "An error on FAL's side, or FAL could not take the job within `SUBMIT_GIVE_UP_SECONDS`.",
    whatToDo: 'Retry the job (`POST /api/jobs/{id}/retry`) later.',
    retryable: 'yes',
  },
  FAL_TIMEOUT: {
    meaning: 'FAL gave the request up for its time.',
    cause: 'It did not start within `queue.startTimeoutSeconds`, or the model took longer than FAL allows.',
    whatToDo: 'Retry, with a longer start timeout or a smaller job.',
    retryable: 'yes',
  },
  FAL_AUTH: {
    meaning: "FAL refused the service's key.",
    cause: 'The FAL key was revoked, or may not use this endpoint.',
    whatToDo: 'The operator sets a valid key (docs/operations/secure.md); then retry.',
    retryable: 'yes',
  },
  FAL_BALANCE: {
    meaning: 'The FAL account has no balance.',
    cause: 'It is used up or locked.',
    whatToDo: 'The operator tops it up at FAL; then retry.',
    retryable: 'yes',
  },
  MODEL_OFFLINE: {
    meaning: 'The model is offline at FAL.',
    cause:
      'Its vendor took it down: FAL answered `Application is not available` for a day, or for `SUBMIT_GIVE_UP_SECONDS` where that is shorter.',
    whatToDo: 'Use another model, or retry when FAL lists it as available again.',
    retryable: 'yes',
  },
  SUBMIT_UNCERTAIN: {
    meaning: 'The answer to the submit was lost, and no trace of the request was found.',
    cause:
      "A cut connection, a timeout or a crash while the job was sent; neither a webhook nor FAL's list of requests settled it within `SUBMIT_UNCERTAIN_SECONDS` (four times that while the list cannot be read, and then it is never resubmitted).",
    whatToDo:
      'Retry if paying twice is acceptable: FAL may have taken the first one. If it did and its result still arrives, it is kept with the job.',
    retryable: 'yes',
  },
  RESULT_EXPIRED: {
    meaning: 'FAL finished or dropped the request, and its result is gone.',
    cause:
      'The service was stopped for longer than FAL keeps results (an hour; six minutes from 10 KB on), or the request was removed at FAL.',
    whatToDo: 'Retry. FAL charges again.',
    retryable: 'yes',
  },
  RESULT_TOO_LARGE: {
    meaning: 'FAL finished the request, but its result is too large to be read.',
    cause:
      'It is larger than `FAL_RESULT_MAX_BYTES` (64 MB, less in a small container), e.g. files inside the result instead of links. FAL bills it, and so does the service.',
    whatToDo:
      'Ask for less, or for links (`sync_mode: false`). The same request gives the same result. The operator may raise the limit.',
    retryable: 'no',
  },
  RESULT_UNREADABLE: {
    meaning: 'FAL finished the request, but its result cannot be read or stored.',
    cause:
      'It has more than 500,000 values, 200 levels of nesting, a field name of more than 16 KB or a number of more than 1,024 characters, or the database refuses it. FAL bills it, and so does the service.',
    whatToDo: 'Ask the model for less, or report it to the publisher of the model.',
    retryable: 'no',
  },
  NO_MEDIA: {
    meaning: 'FAL finished the request, but its result holds no file.',
    cause: "The model normally returns one; the result was fetched again until FAL's retention was over.",
    whatToDo: 'Read `result`, then retry.',
    retryable: 'yes',
  },
  DEADLINE: {
    meaning: 'The job did not end within its `deadlineSeconds`.',
    cause: "FAL's queue or the model was slower than the client allowed.",
    whatToDo: 'Retry with a later deadline. What FAL still renders is kept and charged.',
    retryable: 'yes',
  },
  CANCELED: {
    meaning: 'The job was canceled.',
    cause: 'A client asked for it, or FAL canceled the request.',
    whatToDo: 'Retry if it is wanted after all.',
    retryable: 'yes',
  },
  INTERNAL: {
    meaning: 'The answer of the model or the request could not be handled.',
    cause: 'The model answered with something that is not JSON, or the queue options do not fit into HTTP.',
    whatToDo: 'Read `message`; correct the options, or use another model.',
    retryable: 'no',
  },
}

/** Codes in `errors[].code` of a problem, which say what is wrong at one place of the request. */
export const fieldCodes: Record<string, string> = {
  required: 'The field is missing.',
  type: 'The value has the wrong JSON type.',
  wrong_type: 'The value has the wrong type for this model, e.g. a fraction as a seed.',
  enum: 'The value is not one of `allowed`.',
  not_allowed: 'The model does not take this value; see `allowed`.',
  unknown_field:
    'There is no such field. The message names the nearest one, or where a field of FAL’s belongs.',
  would_change: 'The request is `strict`, and this value would be changed; the message says to what.',
  unsupported: 'The model does not take this parameter.',
  format: 'The text does not have the required form, e.g. a date-time.',
  bad_format: 'The text does not have the form that the model wants.',
  pattern: 'The text does not match the required pattern.',
  minLength: 'The text is too short.',
  maxLength: 'The text is too long.',
  minimum: 'The number is too small.',
  maximum: 'The number is too large.',
  too_long:
    'The text is longer than the model takes, in characters; where FAL publishes no limit, than 32,000.',
  too_short: 'The text is shorter than the model takes.',
  too_many: 'The list has more entries than the model takes.',
  too_few: 'The list has fewer entries than the model takes.',
  out_of_range: 'The size has too many or too few pixels, or the report covers too many days.',
  contradiction: 'Two fields exclude each other, or the same field stands twice with different values.',
  bad_url: 'An input file must be a public https URL, or a base64 `data:` URI of a fitting type.',
  private_host: 'The URL leads into a private network.',
  callback_url: 'The callback URL could never be called; the message says why.',
  unstorable_text: 'The text holds a character that cannot be stored, such as NUL.',
  too_deep: 'The JSON is nested too deeply.',
  price_unknown: 'The price cannot be known before the run, and a limit or credits need it.',
  max_cost_exceeded: 'The estimate is above `maxCostMicros`.',
  model_not_allowed: 'The key may not use this model.',
  kind_not_allowed: 'The key may not make this kind of media.',
  cost_limit_per_job: "The estimate is above the key's limit for one job.",
  cost_limit_per_month: "The key's monthly limit is used up.",
  unknown_model: 'There is no such model.',
  unknown_client: 'The client does not exist.',
  unknown_quote: 'The quote is not one of this service, or belongs to another client.',
  price_changed: 'The price is not that of the quote.',
  input_changed: 'The request is not that of the quote.',
  quote_expired: 'The quote is older than ten minutes.',
  invalid_cursor: 'The cursor is not one that this list gave.',
}
