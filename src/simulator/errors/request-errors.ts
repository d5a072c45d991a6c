/** FAL's request errors: what the platform, not the model, answers; text under `detail` with its `error_type`. */

import type { ModelAnswer } from '../world/queue-request.ts'

const known: Readonly<Record<string, readonly [statusCode: number, text: string]>> = {
  request_timeout: [504, 'Request timed out'],
  startup_timeout: [504, 'Runner startup timed out'],
  runner_scheduling_failure: [503, 'Could not schedule a runner'],
  runner_connection_timeout: [503, 'Runner connection timed out'],
  runner_disconnected: [503, 'Runner disconnected'],
  runner_connection_refused: [503, 'Runner refused the connection'],
  runner_connection_error: [503, 'Runner connection error'],
  runner_incomplete_response: [502, 'Runner sent an incomplete response'],
  runner_server_error: [500, 'Runner server error'],
  internal_error: [500, 'Internal error'],
  client_disconnected: [499, 'Client disconnected'],
  client_cancelled: [499, 'Request cancelled by the client.'],
  bad_request: [400, 'Bad request'],
}

/** An unknown type answers as `internal_error` does. `detail` replaces the usual text. */
export function requestErrorAnswer(errorType: string, detail?: string): ModelAnswer {
  const [statusCode, text] = known[errorType] ?? [500, 'Internal error']
  return {
    statusCode,
    headers: { 'x-fal-error-type': errorType },
    body: { detail: detail ?? text, error_type: errorType },
    errorType,
  }
}
