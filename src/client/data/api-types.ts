/** The types of the HTTP interface, made from openapi.yaml by `npm run client-types`: change the routes, not this file. */
export interface paths {
  '/api/callbacks': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List callbacks, newest first */
    get: operations['listCallbacks']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/callbacks/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Read a callback and its attempts */
    get: operations['getCallback']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/callbacks/{id}/redeliver': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Redeliver a callback
     * @description Sends the same message under the same `webhook-id` now, with the full retry schedule, whatever its state.
     */
    post: operations['redeliverCallback']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/callbacks/redeliver': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Redeliver a range of callbacks
     * @description Those made from `since` until before `until`, oldest first, at most `limit` a call: while `hasMore`, call again with `nextCursor` as `cursor`.
     */
    post: operations['redeliverCallbacks']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/callbacks/secret': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Which secret signs callbacks */
    get: operations['getCallbackSecret']
    put?: never
    /**
     * Make a new secret
     * @description The answer is the only time it is shown. Until the end of the overlap each callback carries two signatures, so that either secret verifies it.
     */
    post: operations['rotateCallbackSecret']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/callbacks/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Test an endpoint
     * @description Sends one signed message of type `callback.test` and says what is wrong, if anything. A passing test enables an endpoint that was disabled after days of failure.
     */
    post: operations['testCallback']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/clients/{id}/policy': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Settings of a client */
    get: operations['getClientPolicy']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    /**
     * Change the settings of a client
     * @description Retention also applies to existing jobs: shortening it erases.
     */
    patch: operations['changeClientPolicy']
    trace?: never
  }
  '/api/credits': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The balance of an account */
    get: operations['getCredits']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/credits/grants': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Grant credit
     * @description Needs `admin`. With an `Idempotency-Key` a repeated grant grants once.
     */
    post: operations['grantCredits']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/credits/ledger': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The ledger of an account, newest first */
    get: operations['listLedgerEntries']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List jobs, newest first
     * @description Filters combine. `metadata.<key>=<value>` filters by metadata. A cursor stays good while jobs are added. A page ends after 4 MB even below `limit`: follow `nextCursor` while `hasMore`. A result above 1 MB is left out and named in `omitted`.
     */
    get: operations['listJobs']
    put?: never
    /**
     * Create a job
     * @description Checks, normalizes and prices the request, stores it and sends it to FAL in the background. With an `Idempotency-Key` a repeated create answers the same and never pays twice. `Prefer: wait=N` holds the answer back for up to N (≤ 60) seconds until the job is final and shows it as it is then, on a replay too.
     */
    post: operations['createJob']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Read a job
     * @description With `wait` the answer is held back until the job is final (its archive may still be pending) or the seconds are over; after 50 s it is answered as it is, within what proxies wait.
     */
    get: operations['getJob']
    put?: never
    post?: never
    /**
     * Erase a job
     * @description Removes what was asked and made: parameters, result, metadata, history details, archived files, pending callbacks, and FAL's own copies as far as FAL allows. A tombstone without content stays (id, model, status, times, cost), so that nothing late revives the job. A job that is not final must be canceled first.
     */
    delete: operations['eraseJob']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/{id}/archive': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Archive again what is not archived
     * @description For a job whose copy failed or was not wanted at first. Archived files stay as they are; nothing to copy is no error.
     */
    post: operations['archiveJob']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/{id}/cancel': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Cancel a job
     * @description A render that finishes before FAL cancels it is kept and archived.
     */
    post: operations['cancelJob']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/{id}/events': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * The history of a job, as a list or live
     * @description With `Accept: text/event-stream` the events are streamed: those so far, then each as it happens (`id:` = seq, `event:` = type, `data:` = the event). `Last-Event-ID`, `lastEventId` or `after` resumes above that seq, on any replica. The stream ends when the job is final and its archive settled; resuming after that answers 204, which stops an EventSource.
     */
    get: operations['listJobEvents']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/{id}/input': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * What FAL is sent for a job
     * @description The FAL input in full, `data:` URIs included, which a job and a callback only name. `{}` once the content of the job was erased.
     */
    get: operations['getJobInput']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/{id}/media/{n}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * A file of a job
     * @description Redirects to a link of the archived file that works for 5 minutes and needs no API key, for the method of the request. Until the file is archived (or when it never is) the redirect goes to FAL's own link, as `media[].url` does.
     */
    get: operations['getJobMedia']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/{id}/poll': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Poll FAL now
     * @description Polls FAL for the job, at most once a second, and settles it when it has ended, with the same mapping as the webhook.
     */
    post: operations['pollJob']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/{id}/retry': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Retry a failed or canceled job
     * @description Makes a new job with the same parameters and options, linked by `retryOf`. It is priced and paid like any other: its `maxCostMicros` holds again, and a cost above the one that was accepted before needs `confirm=true`.
     */
    post: operations['retryJob']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/{id}/token': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Make a token for a browser
     * @description Valid for at most an hour, for reading this job, its events (live too) and its media. Send it as `Authorization: Bearer` or as `?token=`.
     */
    post: operations['createJobToken']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/batch': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Create up to 100 jobs
     * @description Each item is a create body and gets its own answer, in order. An `Idempotency-Key` counts for each place in the list: repeated, the accepted items are answered as before and the others are tried again.
     */
    post: operations['createJobs']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/jobs/quote': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Quote a job
     * @description A dry run of the create with the same body. A create that carries the `quoteId` within ten minutes is refused with `QUOTE_CHANGED` when its price or its input differ.
     */
    post: operations['quoteJob']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/keys': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List API keys, newest first
     * @description Of all clients, revoked and expired ones included.
     */
    get: operations['listKeys']
    put?: never
    /**
     * Make an API key
     * @description The answer is the only time the key is shown. To rotate, make a second key of the same client, move over, revoke the first.
     */
    post: operations['createKey']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/keys/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /**
     * Revoke an API key
     * @description At once, in every replica. Jobs it made go on. Revoking twice is fine.
     */
    delete: operations['revokeKey']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/models': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Every known model
     * @description The catalogue first, then FAL’s other endpoints by their ids. Limits of the latter are known once they were used: see one model.
     */
    get: operations['listModels']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/models/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * One model: limits, price rule, JSON Schema and example
     * @description An endpoint that is not known yet is looked up at FAL, for two seconds at most.
     */
    get: operations['getModel']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/shelf': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List dead letters
     * @description Files of finished jobs that could not be copied, callbacks that were not accepted and objects of erased jobs that could not be deleted, in the order in which their jobs and callbacks were made.
     */
    get: operations['listShelf']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/shelf/{id}/requeue': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Requeue a dead letter
     * @description Copies the missing files again, delivers the callback again, each with its full retry schedule, or tries to delete again.
     */
    post: operations['requeueShelved']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/shelf/requeue': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Requeue a page of the dead-letter list
     * @description Requeues every entry of one page and answers with them; skipped entries stay. While `hasMore`, call again with the `cursor` given.
     */
    post: operations['requeueShelf']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/usage': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * What jobs cost and made, in groups
     * @description A client sees its own jobs, an admin those of all clients. With `Accept: text/csv` the same as CSV; its next page is in the `Link` header.
     */
    get: operations['getUsage']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/healthz': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Is the process alive */
    get: operations['getHealth']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/metrics': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Metrics for Prometheus */
    get: operations['getMetrics']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/readyz': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Can the service work */
    get: operations['getReadiness']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export interface webhooks {
  jobCallback: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * A job got on
     * @description POSTed to the `callbackUrl` of a job, at least once and perhaps out of order, until the receiver answers 2xx. Signed as https://www.standardwebhooks.com says, with the secret of GET /api/callbacks/secret.
     */
    post: operations['jobCallback']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export interface components {
  schemas: {
    /** @description One notification to one receiver. */
    Callback: {
      attemptCount: number
      /**
       * Format: date-time
       * @description When it happened.
       */
      createdAt: string
      /**
       * Format: date-time
       * @description When the receiver answered 2xx.
       */
      deliveredAt: string | null
      /**
       * @description Also the `webhook-id` of the message, the same in every attempt.
       * @example cb_01999999-9999-7999-8999-999999999999
       */
      id: string
      /**
       * @description The job it is about.
       * @example job_01999999-9999-7999-8999-999999999999
       */
      jobId: string
      /** @description What was wrong with the last attempt. */
      lastError: string | null
      /** @description HTTP status of the last answer. */
      lastStatus: number | null
      /**
       * Format: date-time
       * @description Time of the next attempt.
       */
      nextAttemptAt: string | null
      /**
       * @description `pending`: an attempt is due or scheduled.
       * @enum {string}
       */
      status: 'pending' | 'delivered' | 'failed'
      /** @enum {string} */
      type: 'job.running' | 'job.completed' | 'job.failed' | 'job.canceled' | 'job.archived'
      url: string
    }
    /** @description A callback with its payload and every attempt. */
    CallbackInFull: {
      attemptCount: number
      attempts: {
        /** @description The first bytes of the receiver's answer. */
        answer: string | null
        durationMs: number
        error: string | null
        number: number
        /**
         * Format: date-time
         * @description When it was sent.
         */
        startedAt: string
        /** @description null: no answer. */
        status: number | null
      }[]
      /**
       * Format: date-time
       * @description When it happened.
       */
      createdAt: string
      /**
       * Format: date-time
       * @description When the receiver answered 2xx.
       */
      deliveredAt: string | null
      /**
       * @description Also the `webhook-id` of the message, the same in every attempt.
       * @example cb_01999999-9999-7999-8999-999999999999
       */
      id: string
      /**
       * @description The job it is about.
       * @example job_01999999-9999-7999-8999-999999999999
       */
      jobId: string
      /** @description What was wrong with the last attempt. */
      lastError: string | null
      /** @description HTTP status of the last answer. */
      lastStatus: number | null
      /**
       * Format: date-time
       * @description Time of the next attempt.
       */
      nextAttemptAt: string | null
      /** @description The body: `{type, timestamp, data}`. */
      payload: unknown
      /**
       * @description `pending`: an attempt is due or scheduled.
       * @enum {string}
       */
      status: 'pending' | 'delivered' | 'failed'
      /** @enum {string} */
      type: 'job.running' | 'job.completed' | 'job.failed' | 'job.canceled' | 'job.archived'
      url: string
    }
    /** @description The metadata of the secret that signs callbacks. */
    CallbackSecret: {
      /**
       * Format: date-time
       * @description When the current secret was made.
       */
      createdAt: string
      /** @description The first characters of the current secret. */
      prefix: string
      /**
       * Format: date-time
       * @description Until then the previous secret also signs.
       */
      previousExpiresAt: string | null
    }
    /** @description The outcome of a test message. */
    CallbackTest: {
      /** @description The first bytes of the receiver's answer. */
      answer: string | null
      durationMs: number
      ok: boolean
      /** @description What to fix. */
      problem: string | null
      status: number | null
    }
    /** @description A client's settings. */
    ClientPolicy: {
      /** @description Whether files are archived when the create does not say; effective in every replica within half a minute. */
      archiveByDefault: boolean
      /** @description Days after a job's end until its prompt, input and result are removed; null: never. */
      keepContentDays: number | null
      /** @description Days after a job's end until only a tombstone is left; null: never. */
      keepJobsDays: number | null
      /** @description Days after a job's end until its archived files are removed; null: never. */
      keepMediaDays: number | null
      /** @description Maximum jobs at FAL at once; null: FAL_MAX_IN_FLIGHT_PER_CLIENT. */
      maxInFlight: number | null
      /** @description Its weight in the fair queue for FAL slots; 1 is normal. */
      turnWeight: number
    }
    /**
     * @example {
     *       "model": "flux-schnell",
     *       "prompt": "a lighthouse in the fog",
     *       "aspectRatio": "16:9"
     *     }
     */
    CreateJob: {
      /** @description false: leave the media at FAL. */
      archive?: boolean
      /** @example 16:9 */
      aspectRatio?: string
      /** @description Which callbacks; default: all final ones. */
      callbackEvents?: ('job.running' | 'job.completed' | 'job.failed' | 'job.canceled' | 'job.archived')[]
      /** @description Where to POST signed callbacks. */
      callbackUrl?: string
      /** @description Needed when the estimate is above the limit of the service. */
      confirm?: boolean
      /** @description Fail the job when it is not final by then. */
      deadlineSeconds?: number
      durationSeconds?: number
      enableAudio?: boolean
      fps?: number
      guidanceScale?: number
      /** @description Extra FAL fields: checked when the model is in the catalogue, passed on as they are when it is not. */
      input?: {
        [key: string]: unknown
      }
      /** @description Sound to work with. https URL or data: URI. */
      inputAudioUrl?: string
      /** @description Image to start from. https URL or data: URI. */
      inputImageUrl?: string
      inputImageUrls?: string[]
      /** @description Video to work on. https URL or data: URI. */
      inputVideoUrl?: string
      /** @description Refuse when the estimate is above this many micro-USD; a retry keeps it. */
      maxCostMicros?: number
      /** @description Up to 16 pairs of strings, kept with the job and searchable. */
      metadata?: {
        [key: string]: string
      }
      /**
       * @description Alias (see GET /api/models) or any FAL endpoint id.
       * @example flux-schnell
       */
      model: string
      negativePrompt?: string
      numOutputs?: number
      /** @example a lighthouse in the fog */
      prompt?: string
      queue?: {
        /** @enum {string} */
        priority?: 'normal' | 'low'
        runnerHint?: string
        /** @description FAL must have begun by then. */
        startTimeoutSeconds?: number
      }
      /** @description Binds the create to a quote. */
      quoteId?: string
      /** @example 720p */
      resolution?: string
      seed?: number
      steps?: number
      /** @description true: refuse what would be changed with a warning, such as a number outside the range of the model. */
      strict?: boolean
      /** @description Your own end user, opaque to us. */
      userId?: string
    }
    Credits: {
      /** @description What new jobs may claim: the balance less what is reserved. In micro-USD. */
      availableMicros: number
      /** @description What was granted and not yet spent, reservations included. In micro-USD. */
      balanceMicros: number
      /** @enum {string} */
      currency: 'USD'
      /** @description For renders that FAL made and the balance did not cover. The next grant pays it first; until then no job is accepted. In micro-USD. */
      owedMicros: number
      /** @description The part that running jobs have claimed. In micro-USD. */
      reservedMicros: number
      /** @description Whose account this is; null: the client's own. */
      userId: string | null
    }
    /**
     * @description One accepted generation.
     * @example {
     *       "id": "job_01999999-9999-7999-8999-999999999999",
     *       "status": "completed",
     *       "model": "flux-schnell",
     *       "endpointId": "fal-ai/flux/schnell",
     *       "kind": "image",
     *       "userId": "user-17",
     *       "metadata": {
     *         "order": "4711"
     *       },
     *       "params": {
     *         "prompt": "a lighthouse in the fog",
     *         "aspectRatio": "16:9",
     *         "numOutputs": 1,
     *         "steps": 4
     *       },
     *       "warnings": [],
     *       "progress": 1,
     *       "queuePosition": null,
     *       "etaSeconds": null,
     *       "cost": {
     *         "estimatedMicros": 3000,
     *         "atMostMicros": null,
     *         "confidence": "rule",
     *         "actualMicros": 3000,
     *         "source": "units",
     *         "billableUnits": 1,
     *         "billedAs": "fal-ai/flux/schnell",
     *         "chargedMicros": null,
     *         "settledAt": "2026-08-01T12:00:24.000Z",
     *         "currency": "USD"
     *       },
     *       "media": [
     *         {
     *           "index": 0,
     *           "path": "images[0]",
     *           "kind": "image",
     *           "url": "https://jobs.example.com/files/eyJrIjoi.c2lnbmVk",
     *           "sourceUrl": "https://v3b.fal.media/files/b/0a1b2c3d/lighthouse.jpeg",
     *           "archiveUrl": "https://jobs.example.com/files/eyJrIjoi.c2lnbmVk",
     *           "contentType": "image/jpeg",
     *           "bytes": 184320,
     *           "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     *           "width": 1024,
     *           "height": 576,
     *           "storedWidth": 1024,
     *           "storedHeight": 576,
     *           "durationSeconds": null,
     *           "thumbnailUrl": null,
     *           "flagged": false
     *         }
     *       ],
     *       "archive": {
     *         "status": "archived",
     *         "attempts": 1,
     *         "lastError": null,
     *         "archivedAt": "2026-11-20T10:00:04.210Z"
     *       },
     *       "result": {
     *         "images": [
     *           {
     *             "url": "https://v3b.fal.media/files/b/0a1b2c3d/lighthouse.jpeg",
     *             "content_type": "image/jpeg",
     *             "width": 1024,
     *             "height": 576
     *           }
     *         ],
     *         "seed": 42
     *       },
     *       "omitted": [],
     *       "error": null,
     *       "fal": {
     *         "requestId": "5b1f0c1e-6f0a-4a57-9d35-2a4f3b6f7c10",
     *         "gatewayRequestId": null,
     *         "status": "COMPLETED",
     *         "awaiting": null,
     *         "inferenceSeconds": 0.82,
     *         "userId": null
     *       },
     *       "submission": "accepted",
     *       "retryOf": null,
     *       "createdAt": "2026-11-20T10:00:00.000Z",
     *       "submittedAt": "2026-11-20T10:00:00.180Z",
     *       "startedAt": "2026-11-20T10:00:01.900Z",
     *       "completedAt": "2026-11-20T10:00:03.050Z",
     *       "updatedAt": "2026-11-20T10:00:04.210Z",
     *       "erasedAt": null,
     *       "erasing": null,
     *       "links": {
     *         "self": "/api/jobs/job_01999999-9999-7999-8999-999999999999",
     *         "events": "/api/jobs/job_01999999-9999-7999-8999-999999999999/events",
     *         "cancel": "/api/jobs/job_01999999-9999-7999-8999-999999999999/cancel"
     *       }
     *     }
     */
    Job: {
      archive: {
        /**
         * Format: date-time
         * @description When the last file was archived.
         */
        archivedAt: string | null
        attempts: number
        lastError: string | null
        /** @enum {string} */
        status: 'none' | 'pending' | 'archived' | 'failed' | 'disabled'
      }
      /**
       * Format: date-time
       * @description When it reached its final state.
       */
      completedAt: string | null
      cost: {
        /** @description FAL's bill, some time after the end; null until then, and when FAL never reported it. In micro-USD. */
        actualMicros: number | null
        /** @description The most it could cost, as far as known before the run. In micro-USD. */
        atMostMicros: number | null
        /** @description FAL's count, in units of its bare price; may be a fraction. */
        billableUnits: number | null
        /** @description The endpoint that FAL charged, which may be another than `endpointId`. */
        billedAs: string | null
        /** @description What the client's ledger took; null: no credits pay for this job. In micro-USD. */
        chargedMicros: number | null
        /**
         * @description `rule`: by all that FAL publishes of the price; `base`: by its bare unit price; `unknown`: no price was known.
         * @enum {string}
         */
        confidence: 'rule' | 'base' | 'unknown'
        currency: string
        /** @description The price before the run; where none was known, what the result costs by the price rule; else null. In micro-USD. */
        estimatedMicros: number | null
        /**
         * Format: date-time
         * @description When FAL's bill was known or given up; null: it is still asked for.
         */
        settledAt: string | null
        /**
         * @description The source of `actualMicros`: `units` × the unit price of `billedAs`, or `billing_events` of FAL.
         * @enum {string|null}
         */
        source: 'units' | 'billing_events' | null
      }
      /**
       * Format: date-time
       * @description When it was accepted.
       */
      createdAt: string
      /** @description The FAL endpoint that runs it. */
      endpointId: string
      /**
       * Format: date-time
       * @description When the job was erased; only this tombstone is left.
       */
      erasedAt: string | null
      /** @description What of an erased job is still in the archive: its content is gone from the service, its objects are being deleted. */
      erasing: {
        /** @description Failed attempts to delete them. */
        failures: number
        /** @description Why the last of them failed. */
        lastError: string | null
        /** @description Archive objects; null when they could not be counted. */
        objectsLeft: number | null
      } | null
      error: {
        /** @enum {string} */
        code:
          | 'FAL_REJECTED'
          | 'CONTENT_POLICY'
          | 'FAL_UNAVAILABLE'
          | 'FAL_TIMEOUT'
          | 'FAL_AUTH'
          | 'FAL_BALANCE'
          | 'MODEL_OFFLINE'
          | 'SUBMIT_UNCERTAIN'
          | 'RESULT_EXPIRED'
          | 'RESULT_TOO_LARGE'
          | 'RESULT_UNREADABLE'
          | 'NO_MEDIA'
          | 'DEADLINE'
          | 'CANCELED'
          | 'INTERNAL'
        /** @description FAL's own reasons; null where it gave none. */
        details: unknown
        message: string
        retryable: boolean
      } | null
      /** @description Likely time left. */
      etaSeconds: number | null
      fal: {
        /**
         * @description What a job that FAL has finished still waits for: `result`, which FAL cannot give yet, or `files`, which the result lacks.
         * @enum {string|null}
         */
        awaiting: 'result' | 'files' | null
        gatewayRequestId: string | null
        inferenceSeconds: number | null
        requestId: string | null
        status: string | null
        userId: string | null
      }
      /**
       * @description The id of the job.
       * @example job_01999999-9999-7999-8999-999999999999
       */
      id: string
      /** @enum {string} */
      kind: 'image' | 'video' | 'audio' | 'file' | 'unknown'
      links: {
        cancel: string
        events: string
        self: string
      }
      /** @description FAL's logs, when asked for with `?logs=1`. */
      logs?: {
        level: string | null
        message: string
        timestamp: string | null
      }[]
      media: {
        /** @description A signed link that needs no API key; null until archived. */
        archiveUrl: string | null
        bytes: number | null
        contentType: string | null
        durationSeconds: number | null
        /** @description The model's own safety check objects to the file. */
        flagged: boolean
        height: number | null
        index: number
        /** @enum {string} */
        kind: 'image' | 'video' | 'audio' | 'file'
        /** @description Its place in `result`. */
        path: string
        /** @description Lower-case hex, of the archived bytes. */
        sha256: string | null
        /** @description FAL's link; null for media that came inside the result. */
        sourceUrl: string | null
        storedHeight: number | null
        /** @description Stored size in pixels, before the rotation. */
        storedWidth: number | null
        thumbnailUrl: string | null
        /** @description Our archive's signed link once archived, FAL's before. */
        url: string | null
        /** @description Displayed size in pixels: the rotation of the file is applied. */
        width: number | null
      }[]
      metadata: {
        [key: string]: string
      }
      /** @description Alias in the catalogue, or the FAL endpoint id. */
      model: string
      /** @description What this answer leaves out for its size: results above 1 MB, except in GET /api/jobs/{id}; in a callback, as much as keeps it below 64 KB. `links.self` shows the whole. */
      omitted: {
        /** @description Size as JSON. */
        bytes: number
        /** @description Where in the job, e.g. `/result`. */
        pointer: string
      }[]
      /** @description As normalized, defaults filled in. A `data:` URI is shown as `{data, bytes, sha256}`; GET /api/jobs/{id}/input has it whole. */
      params: {
        [key: string]: unknown
      }
      /** @description Never decreases; 1 when completed. */
      progress: number
      /** @description Requests ahead in FAL's queue. */
      queuePosition: number | null
      /** @description FAL's output; integers beyond 2^53 as strings. A file that FAL answered inside it is the link of its archived copy; until there is one, lists and callbacks describe it. */
      result: unknown
      /** @description The job that this one repeats. */
      retryOf: string | null
      /**
       * Format: date-time
       * @description When FAL began to work on it.
       */
      startedAt: string | null
      /**
       * @description `completed`, `failed` and `canceled` are final.
       * @enum {string}
       */
      status: 'pending' | 'running' | 'completed' | 'failed' | 'canceled'
      /**
       * @description `uncertain`: FAL may or may not have the request.
       * @enum {string}
       */
      submission: 'unsent' | 'sending' | 'accepted' | 'uncertain'
      /**
       * Format: date-time
       * @description When FAL accepted it.
       */
      submittedAt: string | null
      /**
       * Format: date-time
       * @description When it last changed.
       */
      updatedAt: string
      /** @description The client's own end user. */
      userId: string | null
      warnings: {
        field: string
        from: unknown
        reason: string
        to: unknown
      }[]
    }
    /**
     * @description Something that happened to a job.
     * @example {
     *       "id": "evt_01999999-9999-7999-8999-000000000004",
     *       "jobId": "job_01999999-9999-7999-8999-999999999999",
     *       "seq": 4,
     *       "type": "job.completed",
     *       "source": "webhook",
     *       "data": {
     *         "mediaCount": 1
     *       },
     *       "createdAt": "2026-11-20T10:00:03.050Z"
     *     }
     */
    JobEvent: {
      /**
       * Format: date-time
       * @description When it happened.
       */
      createdAt: string
      data: {
        [key: string]: unknown
      }
      /**
       * @description The id of the event.
       * @example evt_01999999-9999-7999-8999-999999999999
       */
      id: string
      /**
       * @description The job it happened to.
       * @example job_01999999-9999-7999-8999-999999999999
       */
      jobId: string
      /** @description Per job, from 1, without gaps. */
      seq: number
      /**
       * @description The cause of the event.
       * @enum {string}
       */
      source: 'api' | 'submit' | 'webhook' | 'poll' | 'archive' | 'callback' | 'system'
      /** @enum {string} */
      type:
        | 'job.created'
        | 'job.admitted'
        | 'job.submitted'
        | 'job.submit_delayed'
        | 'job.submit_uncertain'
        | 'job.running'
        | 'job.progress'
        | 'job.cancel_requested'
        | 'job.completed'
        | 'job.failed'
        | 'job.canceled'
        | 'job.result_late'
        | 'job.result_awaited'
        | 'job.key_fallback'
        | 'job.cost_settled'
        | 'job.credits_settled'
        | 'job.erased'
        | 'job.content_erased'
        | 'archive.started'
        | 'archive.archived'
        | 'archive.failed'
        | 'archive.erased'
        | 'callback.delivered'
        | 'callback.failed'
        | 'callback.endpoint_disabled'
    }
    /** @description An API key, without its secret. */
    Key: {
      /**
       * @description The client it belongs to: jobs, credits and callbacks are per client.
       * @example cli_01999999-9999-7999-8999-999999999999
       */
      clientId: string
      /**
       * Format: date-time
       * @description When it was made.
       */
      createdAt: string
      /**
       * Format: date-time
       * @description When it stops working; null: never.
       */
      expiresAt: string | null
      /**
       * @description The id of the key.
       * @example key_01999999-9999-7999-8999-999999999999
       */
      id: string
      /**
       * Format: date-time
       * @description To the half minute.
       */
      lastUsedAt: string | null
      limits: {
        /** @description Only models of these kinds; `unknown` stands for endpoints outside the catalogue. */
        kinds?: ('image' | 'video' | 'audio' | 'unknown')[]
        /** @description Most that one job may cost, in micro-USD. */
        maxCostMicrosPerJob?: number
        /** @description Most that all jobs of a UTC month may cost, in micro-USD. */
        maxCostMicrosPerMonth?: number
        /** @description Most jobs that may be pending or running at once. */
        maxJobsInFlight?: number
        /** @description Only these models: aliases or FAL endpoint ids. */
        models?: string[]
        /** @description Requests a second; overrides the service’s own limit. */
        ratePerSecond?: number
      }
      name: string
      /** @description The first characters of the key, to tell keys apart. */
      prefix: string
      /**
       * Format: date-time
       * @description When it was revoked.
       */
      revokedAt: string | null
      scopes: ('jobs:read' | 'jobs:write' | 'credits:write' | 'admin')[]
    }
    /** @description One entry of an account. The ledger is append-only. */
    LedgerEntry: {
      /** @description Change of the balance; the sum over all entries is the balance. In micro-USD. */
      amountMicros: number
      /** @description The balance after this entry. In micro-USD. */
      balanceMicros: number
      /**
       * Format: date-time
       * @description When it was entered.
       */
      createdAt: string
      /**
       * @description The id of the entry.
       * @example led_01999999-9999-7999-8999-999999999999
       */
      id: string
      jobId: string | null
      /** @description Change of what is owed; the sum over all entries is what is owed. In micro-USD. */
      owedChangeMicros: number
      /** @description What is owed after this entry. In micro-USD. */
      owedMicros: number
      reason: string | null
      /** @description Change of what is reserved; the sum over all entries is what is reserved. In micro-USD. */
      reservedChangeMicros: number
      /** @description What is reserved after this entry. In micro-USD. */
      reservedMicros: number
      /** @description Per account, from 1, no gaps. */
      seq: number
      /**
       * @description `grant` adds credit; `reserve` claims it for a job, `capture` spends what the job cost and frees the rest, `release` frees all of it; `adjust` takes what a job cost beyond what was captured, gives back what it cost less, or pays what was owed.
       * @enum {string}
       */
      type: 'grant' | 'reserve' | 'capture' | 'release' | 'adjust'
    }
    Model: {
      alias: string
      /**
       * @description `unconfirmed`: FAL’s list does not name it.
       * @enum {string}
       */
      availability: 'listed' | 'retired' | 'unconfirmed'
      /** @description FAL's id. */
      endpointId: string
      /** @description A create body that works as it is. */
      example: {
        [key: string]: unknown
      }
      family: string
      /**
       * Format: date-time
       * @description When FAL was last asked for its document.
       */
      fetchedAt: string | null
      /** @enum {string} */
      kind: 'image' | 'video' | 'audio' | 'file' | 'unknown'
      /** @description By parameter; a parameter that is not here is not taken. */
      limits: {
        [key: string]: {
          /** @description The value must be above this. */
          above?: number
          allowed?: (string | number)[]
          /** @description Beside `allowed`, other ratios are taken too. */
          anyRatio?: boolean
          /** @description And this it must be below. */
          below?: number
          /** @description What FAL uses when it is not given. */
          default?: unknown
          /** @description FAL's name for it. */
          field: string
          max?: number
          maxLength?: number
          min?: number
          minLength?: number
          required: boolean
          step?: number
        }
      }
      /** @description What else to know. */
      notes: string[]
      /** @description Where in the result the media stand. */
      output: {
        [key: string]: unknown
      }
      /** @description JSON Schema of the parameters and of `input`. */
      params: {
        [key: string]: unknown
      }
      price: {
        /** @description Date of the source. */
        asOf: string | null
        /**
         * @description `base`: FAL’s bare price alone; what resolution, sound and so on add is not known.
         * @enum {string}
         */
        confidence: 'high' | 'medium' | 'base'
        /**
         * @description `after`: the price depends on the media or on GPU time.
         * @enum {string}
         */
        estimable: 'before' | 'after'
        note?: string
        /** @description In words. */
        rule: string
        unit: string
      }
      /** @description Input files it cannot do without. */
      requiredAssets: string[]
      /**
       * @deprecated
       * @description The same as `params`.
       */
      schema: {
        [key: string]: unknown
      }
      /** @description Date of the FAL schema behind all this. */
      schemaAsOf: string
      /**
       * @description `catalogue`: this service has names and a price rule for it; `fal`: only FAL describes it.
       * @enum {string}
       */
      source: 'catalogue' | 'fal'
      /** @description Alias to use in place of a retired model. */
      successor?: string
      /** @description Other names that work as well. */
      synonyms: string[]
      /** @example text-to-image */
      task: string
      title: string
      /** @description Version of FAL’s document in use. */
      version: number | null
    }
    ModelSummary: {
      alias: string
      /**
       * @description `unconfirmed`: FAL’s list does not name it.
       * @enum {string}
       */
      availability: 'listed' | 'retired' | 'unconfirmed'
      /** @description FAL's id. */
      endpointId: string
      family: string
      /**
       * Format: date-time
       * @description When FAL was last asked for its document.
       */
      fetchedAt: string | null
      /** @enum {string} */
      kind: 'image' | 'video' | 'audio' | 'file' | 'unknown'
      /** @description By parameter; a parameter that is not here is not taken. */
      limits: {
        [key: string]: {
          /** @description The value must be above this. */
          above?: number
          allowed?: (string | number)[]
          /** @description Beside `allowed`, other ratios are taken too. */
          anyRatio?: boolean
          /** @description And this it must be below. */
          below?: number
          /** @description What FAL uses when it is not given. */
          default?: unknown
          /** @description FAL's name for it. */
          field: string
          max?: number
          maxLength?: number
          min?: number
          minLength?: number
          required: boolean
          step?: number
        }
      }
      /** @description Where in the result the media stand. */
      output: {
        [key: string]: unknown
      }
      price: {
        /** @description Date of the source. */
        asOf: string | null
        /**
         * @description `base`: FAL’s bare price alone; what resolution, sound and so on add is not known.
         * @enum {string}
         */
        confidence: 'high' | 'medium' | 'base'
        /**
         * @description `after`: the price depends on the media or on GPU time.
         * @enum {string}
         */
        estimable: 'before' | 'after'
        note?: string
        /** @description In words. */
        rule: string
        unit: string
      }
      /** @description Input files it cannot do without. */
      requiredAssets: string[]
      /**
       * @description `catalogue`: this service has names and a price rule for it; `fal`: only FAL describes it.
       * @enum {string}
       */
      source: 'catalogue' | 'fal'
      /** @description Alias to use in place of a retired model. */
      successor?: string
      /** @description Other names that work as well. */
      synonyms: string[]
      /** @example text-to-image */
      task: string
      title: string
      /** @description Version of FAL’s document in use. */
      version: number | null
    }
    /** @description A new secret. */
    NewCallbackSecret: {
      /**
       * Format: date-time
       * @description When the current secret was made.
       */
      createdAt: string
      /** @description The first characters of the current secret. */
      prefix: string
      /**
       * Format: date-time
       * @description Until then the previous secret also signs.
       */
      previousExpiresAt: string | null
      /** @description `whsec_…`: shown now and never again. */
      secret: string
    }
    /** @description A new API key with its secret. */
    NewKey: {
      /**
       * @description The client it belongs to: jobs, credits and callbacks are per client.
       * @example cli_01999999-9999-7999-8999-999999999999
       */
      clientId: string
      /**
       * Format: date-time
       * @description When it was made.
       */
      createdAt: string
      /**
       * Format: date-time
       * @description When it stops working; null: never.
       */
      expiresAt: string | null
      /**
       * @description The id of the key.
       * @example key_01999999-9999-7999-8999-999999999999
       */
      id: string
      /** @description The key itself: shown now and never again. */
      key: string
      limits: {
        /** @description Only models of these kinds; `unknown` stands for endpoints outside the catalogue. */
        kinds?: ('image' | 'video' | 'audio' | 'unknown')[]
        /** @description Most that one job may cost, in micro-USD. */
        maxCostMicrosPerJob?: number
        /** @description Most that all jobs of a UTC month may cost, in micro-USD. */
        maxCostMicrosPerMonth?: number
        /** @description Most jobs that may be pending or running at once. */
        maxJobsInFlight?: number
        /** @description Only these models: aliases or FAL endpoint ids. */
        models?: string[]
        /** @description Requests a second; overrides the service’s own limit. */
        ratePerSecond?: number
      }
      name: string
      /** @description The first characters of the key, to tell keys apart. */
      prefix: string
      scopes: ('jobs:read' | 'jobs:write' | 'credits:write' | 'admin')[]
    }
    Price: {
      /** @description The most it can cost, where that is known. In micro-USD. */
      atMostMicros: number | null
      /**
       * @description `rule`: by all that FAL publishes; `base`: by its bare unit price, modifiers unknown.
       * @enum {string}
       */
      confidence: 'rule' | 'base' | 'unknown'
      /** @enum {string} */
      currency: 'USD'
      /** @description null when it cannot be known before the run; `reason` says why. In micro-USD. */
      estimatedMicros: number | null
      /**
       * Format: date
       * @description When FAL asked this price; one older than 90 days is also a warning of the quote.
       */
      priceAsOf: string | null
      /** @description How many units. */
      quantity: number | null
      reason: string | null
      /**
       * @description `live`: by FAL's present price list.
       * @enum {string}
       */
      source: 'catalogue' | 'live' | 'none'
      /** @description What is billed: image, second, megapixel… */
      unit: string | null
      /** @description Of one unit. In micro-USD. */
      unitMicros: number | null
    }
    /**
     * @description RFC 9457 problem details.
     * @example {
     *       "type": "/docs/errors#invalid-params",
     *       "title": "INVALID_PARAMS",
     *       "status": 422,
     *       "code": "INVALID_PARAMS",
     *       "detail": "durationSeconds: Must be 5 or 10.",
     *       "requestId": "01999999-9999-7999-8999-00000000000a",
     *       "retryable": false,
     *       "errors": [
     *         {
     *           "pointer": "/durationSeconds",
     *           "message": "Must be 5 or 10.",
     *           "code": "not_allowed",
     *           "allowed": [
     *             5,
     *             10
     *           ]
     *         }
     *       ]
     *     }
     */
    Problem: {
      /**
       * @description What to branch on.
       * @enum {string}
       */
      code:
        | 'MALFORMED_BODY'
        | 'UNAUTHENTICATED'
        | 'INSUFFICIENT_CREDITS'
        | 'FORBIDDEN'
        | 'NOT_FOUND'
        | 'METHOD_NOT_ALLOWED'
        | 'CONFIRMATION_REQUIRED'
        | 'IDEMPOTENCY_IN_PROGRESS'
        | 'QUOTE_CHANGED'
        | 'JOB_FINAL'
        | 'JOB_NOT_FINAL'
        | 'PAYLOAD_TOO_LARGE'
        | 'UNSUPPORTED_MEDIA_TYPE'
        | 'INVALID_PARAMS'
        | 'UNKNOWN_MODEL'
        | 'IDEMPOTENCY_KEY_REUSED'
        | 'RATE_LIMITED'
        | 'INTERNAL'
        | 'UNAVAILABLE'
      /** @description What to fix, for people. */
      detail: string
      errors: {
        allowed?: (string | number | boolean)[]
        code: string
        message: string
        /** @description JSON pointer into the body, or `#/query/…`, `#/path/…`, `#/headers/…`. */
        pointer: string
      }[]
      /** @description Also in the `x-request-id` header and the log. */
      requestId: string
      /** @description Whether the same request may succeed later. */
      retryable: boolean
      status: number
      title: string
      /** @description A link to the explanation of `code`, relative to this service. Branch on `code`. */
      type: string
    } & {
      [key: string]: unknown
    }
    /** @description What a create would do and cost. */
    Quote: {
      /** @description The create needs `confirm: true`. */
      confirmationRequired: boolean
      endpointId: string
      /**
       * Format: date-time
       * @description The quote holds until then.
       */
      expiresAt: string
      /** @description Exactly the input that FAL would receive; a `data:` URI is shown as `{data, bytes, sha256}`. */
      input: {
        [key: string]: unknown
      }
      kind: string
      model: string
      /** @description As normalized, defaults filled in. */
      params: {
        [key: string]: unknown
      }
      price: components['schemas']['Price']
      /** @description Send it with the create to be held to this price and input. */
      quoteId: string
      warnings: {
        field: string
        from: unknown
        reason: string
        to: unknown
      }[]
    }
    /** @description A dead letter: something that was given up and can be requeued. */
    Shelved: {
      /** @description How long ago that was. */
      ageSeconds: number
      /** @description Size of what is missing; null when FAL did not say. */
      bytes: number | null
      /**
       * @description Whose it is.
       * @example cli_01999999-9999-7999-8999-999999999999
       */
      clientId: string
      /** @description What to requeue: the id of the job (`archive`, `erase`) or of the callback (`callback`). */
      id: string
      /**
       * @description The job it is about.
       * @example job_01999999-9999-7999-8999-999999999999
       */
      jobId: string
      /**
       * @description `archive`: files of a finished job that could not be copied. `callback`: a message that was not accepted. `erase`: archive objects of an erased job that could not be deleted yet; they are tried again every hour at least.
       * @enum {string}
       */
      kind: 'archive' | 'callback' | 'erase'
      /** @description Why it failed. */
      reason: string | null
      /**
       * Format: date-time
       * @description When it was given up, or first failed.
       */
      since: string
      tries: number
      /**
       * @description Which part of it.
       * @example 1 of 4 files
       * @example job.completed
       * @example 2 objects to delete
       */
      what: string
    }
  }
  responses: never
  parameters: never
  requestBodies: never
  headers: {
    /** @description Remaining quota of this key, as of draft-ietf-httpapi-ratelimit-headers. */
    RateLimit: string
    /** @description Quota and window of this key. */
    RateLimitPolicy: string
    /** @description Seconds until a retry is worthwhile. */
    RetryAfter: number
  }
  pathItems: never
}
export type $defs = Record<string, never>
export interface operations {
  listCallbacks: {
    parameters: {
      query?: {
        /** @description `nextCursor` of the previous page. */
        cursor?: string
        /** @description Only those of this job. */
        jobId?: string
        /** @description Entries on a page. */
        limit?: number
        /** @description Only those in this state. */
        status?: 'pending' | 'delivered' | 'failed'
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of callbacks. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: components['schemas']['Callback'][]
            hasMore: boolean
            /** @description Pass as `cursor` for the next page; null on the last. */
            nextCursor: string | null
          }
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getCallback: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the callback. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The callback. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CallbackInFull']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  redeliverCallback: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the callback. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The redelivery is scheduled. */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Callback']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  redeliverCallbacks: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description `nextCursor` of the previous page. */
          cursor?: string
          /** @default 1000 */
          limit?: number
          /** Format: date-time */
          since: string
          /**
           * @default failed
           * @enum {string}
           */
          status?: 'failed' | 'delivered'
          /**
           * Format: date-time
           * @description Default: now.
           */
          until?: string
        }
      }
    }
    responses: {
      /** @description The redeliveries are scheduled. */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            hasMore: boolean
            /** @description Pass as `cursor` to continue; null at the end. */
            nextCursor: string | null
            /** @description Number of scheduled redeliveries. */
            redelivered: number
          }
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getCallbackSecret: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The metadata of the secret. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CallbackSecret']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  rotateCallbackSecret: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description How long the previous secret also signs.
           * @default 86400
           */
          overlapSeconds?: number
        } | null
      }
    }
    responses: {
      /** @description The new secret. */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NewCallbackSecret']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  testCallback: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          url: string
        }
      }
    }
    responses: {
      /** @description The outcome of the test. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CallbackTest']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getClientPolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the client. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The rules. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ClientPolicy']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  changeClientPolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the client. */
        id: string
      }
      cookie?: never
    }
    /** @description Omitted fields stay as they are. */
    requestBody: {
      content: {
        'application/json': {
          /** @description Whether files are archived when the create does not say; effective in every replica within half a minute. */
          archiveByDefault?: boolean
          /** @description Days after a job's end until its prompt, input and result are removed; null: never. */
          keepContentDays?: number | null
          /** @description Days after a job's end until only a tombstone is left; null: never. */
          keepJobsDays?: number | null
          /** @description Days after a job's end until its archived files are removed; null: never. */
          keepMediaDays?: number | null
          /** @description Maximum jobs at FAL at once; null: FAL_MAX_IN_FLIGHT_PER_CLIENT. */
          maxInFlight?: number | null
          /** @description Its weight in the fair queue for FAL slots; 1 is normal. */
          turnWeight?: number
        }
      }
    }
    responses: {
      /** @description The settings after the change. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ClientPolicy']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getCredits: {
    parameters: {
      query?: {
        /** @description Another client (`admin` only). */
        clientId?: string
        /** @description The account that pays for this user's jobs: the user's own, or else the client's. */
        userId?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The account. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Credits']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  grantCredits: {
    parameters: {
      query?: never
      header?: {
        /** @description The same key with the same request gives the same answer and does nothing twice. */
        'idempotency-key'?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description In micro-USD. */
          amountMicros: number
          /** @description The receiving client; default: the client of the key. */
          clientId?: string
          /** @description Stored in the ledger. */
          reason: string
          /** @description To this user's own account, which pays for the user's jobs from then on. */
          userId?: string
        }
      }
    }
    responses: {
      /** @description Granted. */
      201: {
        headers: {
          /** @description `true` when this grant was made before. */
          'idempotency-replayed'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['LedgerEntry']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listLedgerEntries: {
    parameters: {
      query?: {
        /** @description Another client (`admin` only). */
        clientId?: string
        /** @description `nextCursor` of the previous page. */
        cursor?: string
        /** @description Entries on a page. */
        limit?: number
        /** @description The account that pays for this user's jobs: the user's own, or else the client's. */
        userId?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of entries. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: components['schemas']['LedgerEntry'][]
            hasMore: boolean
            /** @description Pass as `cursor` for the next page; null on the last. */
            nextCursor: string | null
          }
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listJobs: {
    parameters: {
      query?: {
        /** @description State of the archive. */
        archiveStatus?: 'none' | 'pending' | 'archived' | 'failed' | 'disabled'
        /** @description Only what was created after this time. */
        createdAfter?: string
        /** @description Only what was created before this time. */
        createdBefore?: string
        /** @description `nextCursor` of the previous page. */
        cursor?: string
        /** @description What it makes. */
        kind?: 'image' | 'video' | 'audio' | 'file' | 'unknown'
        /** @description Entries on a page. */
        limit?: number
        /** @description Alias, synonym or endpoint id. */
        model?: string
        /** @description One or several, comma-separated: pending, running, completed, failed, canceled. */
        status?: string
        /** @description The client's own end user. */
        userId?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of jobs. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: components['schemas']['Job'][]
            hasMore: boolean
            /** @description Pass as `cursor` for the next page; null on the last. */
            nextCursor: string | null
          }
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createJob: {
    parameters: {
      query?: never
      header?: {
        /** @description The same key with the same request gives the same answer, and never pays twice. Kept 24 hours at least. */
        'idempotency-key'?: string
        /** @description `wait=N`: wait up to N seconds for a final state. */
        prefer?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateJob']
      }
    }
    responses: {
      /** @description Accepted. */
      202: {
        headers: {
          /** @description `true` for a replayed answer. */
          'idempotency-replayed'?: string
          /** @description The URL of the job. */
          location?: string
          /** @description `wait=N` when the answer waited for it. */
          'preference-applied'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The credits do not cover the estimate. */
      402: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request conflicts with the current state. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getJob: {
    parameters: {
      query?: {
        /** @description `1` adds FAL's logs. */
        logs?: '0' | '1'
        /** @description A job token, where no header can be sent; ignored beside an Authorization header. Never an API key. */
        token?: string
        /** @description Seconds to wait for a final state. */
        wait?: number
      }
      header?: never
      path: {
        /** @description The id of the job. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The job. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  eraseJob: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the job. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Its content is gone from the service; not all archived objects are, and `erasing` says how many are left and why. They are tried again until they are, and the same request tries at once. */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description Erased, now or before: no archived object is left. */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request conflicts with the current state. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  archiveJob: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the job. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Nothing is left to copy. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description Copying has begun. */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request conflicts with the current state. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  cancelJob: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the job. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Canceled. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description FAL was asked; the outcome follows. */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request conflicts with the current state. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listJobEvents: {
    parameters: {
      query?: {
        /** @description Only events above this seq. */
        after?: number
        /** @description `nextCursor` of the previous page. */
        cursor?: string
        /** @description Streams only: what `Last-Event-ID` says, for an EventSource that sends no headers. */
        lastEventId?: string
        /** @description Entries on a page. */
        limit?: number
        /** @description A job token, where no header can be sent; ignored beside an Authorization header. Never an API key. */
        token?: string
      }
      header?: {
        /** @description Streams only: resume above this seq. */
        'last-event-id'?: string
      }
      path: {
        /** @description The id of the job. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Events, oldest first. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: components['schemas']['JobEvent'][]
            hasMore: boolean
            /** @description Pass as `cursor` for the next page; null on the last. */
            nextCursor: string | null
          }
          'text/event-stream': string
        }
      }
      /** @description Streams only: nothing will follow. */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getJobInput: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the job. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The input. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            [key: string]: unknown
          }
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getJobMedia: {
    parameters: {
      query?: {
        /** @description `0`: the link as JSON instead of a redirect. */
        redirect?: '0' | '1'
        /** @description A job token, where no header can be sent; ignored beside an Authorization header. Never an API key. */
        token?: string
      }
      header?: never
      path: {
        /** @description The id of the job. */
        id: string
        /** @description `index` of the media, from 0. */
        n: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description With `redirect=0`: where the file is. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @description false: the link is FAL's own, which FAL lets expire. */
            archived: boolean
            /**
             * Format: date-time
             * @description When the link expires; null for FAL's own link.
             */
            expiresAt: string | null
            url: string
          }
        }
      }
      /** @description To the file. */
      302: {
        headers: {
          /** @description Where the file is. */
          location?: string
          [name: string]: unknown
        }
        content?: never
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pollJob: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the job. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The job after the poll. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  retryJob: {
    parameters: {
      query?: {
        /** @description Accepts a cost above the one that was accepted before. */
        confirm?: boolean
      }
      header?: {
        /** @description The same key with the same request gives the same answer, and never pays twice. Kept 24 hours at least. */
        'idempotency-key'?: string
      }
      path: {
        /** @description The id of the job. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Accepted as a new job. */
      202: {
        headers: {
          /** @description `true` for a replayed answer. */
          'idempotency-replayed'?: string
          /** @description The URL of the job. */
          location?: string
          /** @description `wait=N` when the answer waited for it. */
          'preference-applied'?: string
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The credits do not cover the estimate. */
      402: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request conflicts with the current state. */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createJobToken: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the job. */
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @default 900 */
          expiresInSeconds?: number
        } | null
      }
    }
    responses: {
      /** @description The token. */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /**
             * Format: date-time
             * @description When it stops working.
             */
            expiresAt: string
            token: string
          }
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createJobs: {
    parameters: {
      query?: never
      header?: {
        /** @description The same key with the same request gives the same answer, and never pays twice. Kept 24 hours at least. */
        'idempotency-key'?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          jobs: components['schemas']['CreateJob'][]
        }
      }
    }
    responses: {
      /** @description An answer per item, in order. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: {
              body?: components['schemas']['Job']
              problem?: components['schemas']['Problem']
              /** @description The item was accepted by an earlier call. */
              replayed?: boolean
              /** @description What the create alone would have answered, e.g. 202 or 422. */
              status: number
            }[]
          }
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  quoteJob: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateJob']
      }
    }
    responses: {
      /** @description The quote. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Quote']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listKeys: {
    parameters: {
      query?: {
        /** @description Only those of this client. */
        clientId?: string
        /** @description `nextCursor` of the previous page. */
        cursor?: string
        /** @description Entries on a page. */
        limit?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of keys. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: components['schemas']['Key'][]
            hasMore: boolean
            /** @description Pass as `cursor` for the next page; null on the last. */
            nextCursor: string | null
          }
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createKey: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description A client that exists, e.g. to rotate its key. Without, the key is a new client. */
          clientId?: string
          /**
           * Format: date-time
           * @description When it stops working.
           */
          expiresAt?: string
          limits?: {
            /** @description Only models of these kinds; `unknown` stands for endpoints outside the catalogue. */
            kinds?: ('image' | 'video' | 'audio' | 'unknown')[]
            /** @description Most that one job may cost, in micro-USD. */
            maxCostMicrosPerJob?: number
            /** @description Most that all jobs of a UTC month may cost, in micro-USD. */
            maxCostMicrosPerMonth?: number
            /** @description Most jobs that may be pending or running at once. */
            maxJobsInFlight?: number
            /** @description Only these models: aliases or FAL endpoint ids. */
            models?: string[]
            /** @description Requests a second; overrides the service’s own limit. */
            ratePerSecond?: number
          }
          /** @example shop backend */
          name: string
          /**
           * @description `admin` includes all others.
           * @example [
           *       "jobs:read",
           *       "jobs:write"
           *     ]
           */
          scopes: ('jobs:read' | 'jobs:write' | 'credits:write' | 'admin')[]
        }
      }
    }
    responses: {
      /** @description Made. */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NewKey']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  revokeKey: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id of the key. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Revoked. */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listModels: {
    parameters: {
      query?: {
        availability?: 'listed' | 'retired' | 'unconfirmed'
        /** @description `nextCursor` of the previous page. */
        cursor?: string
        /** @description What it makes. */
        kind?: 'image' | 'video' | 'audio' | 'file' | 'unknown'
        /** @description Entries on a page. */
        limit?: number
        /**
         * @description Words that all occur in its names, title, family or task.
         * @example kling v3
         */
        q?: string
        /** @description `catalogue`: with a price rule of its own. */
        source?: 'catalogue' | 'fal'
        /**
         * @description What it makes from what, e.g. `text-to-image`.
         * @example text-to-video
         */
        task?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of models. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: components['schemas']['ModelSummary'][]
            hasMore: boolean
            /** @description Pass as `cursor` for the next page; null on the last. */
            nextCursor: string | null
          }
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getModel: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description Alias, synonym or URL-encoded FAL endpoint id. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The model. */
      200: {
        headers: {
          /** @description Send it as `If-None-Match`. */
          etag?: string
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Model']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listShelf: {
    parameters: {
      query?: {
        /** @description Of all clients: needs `admin`. */
        allClients?: boolean
        /** @description `nextCursor` of the previous page. */
        cursor?: string
        /** @description Only these; without, all. */
        kind?: 'archive' | 'callback' | 'erase'
        /** @description Entries on a page. */
        limit?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of the dead-letter list. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: components['schemas']['Shelved'][]
            hasMore: boolean
            /** @description Pass as `cursor` for the next page; null on the last. */
            nextCursor: string | null
          }
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  requeueShelved: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description The id in the dead-letter list. */
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Requeued; the entry as it was in the list. */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Shelved']
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Not found, or it belongs to another client. */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  requeueShelf: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description Of all clients: needs `admin`.
           * @default false
           */
          allClients?: boolean
          /** @description `nextCursor` of the previous page. */
          cursor?: string
          /**
           * @description Only these; without, all.
           * @enum {string}
           */
          kind?: 'archive' | 'callback' | 'erase'
          /** @default 100 */
          limit?: number
        }
      }
    }
    responses: {
      /** @description The requeued entries. */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: components['schemas']['Shelved'][]
            hasMore: boolean
            /** @description Pass as `cursor` for the next page; null on the last. */
            nextCursor: string | null
          }
        }
      }
      /** @description The body is not JSON. */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is too large. */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The body is not JSON. */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getUsage: {
    parameters: {
      query?: {
        /** @description One client (`admin` only); an admin sees all without it. */
        clientId?: string
        /** @description `nextCursor` of the previous page. */
        cursor?: string
        /** @description Jobs created from then on, to the whole hour; default: the beginning of this UTC month. */
        from?: string
        /**
         * @description One or two of `hour`, `day`, `model`, `userId`, `client`, `kind`, `status`, `metadata.<key>`, separated by a comma. By metadata, the jobs themselves are read, which takes longer; such a report covers at most 31 days, others 400.
         * @example day,model
         */
        groupBy?: string
        /** @description Rows on a page. */
        limit?: number
        /** @description Jobs created before, to the whole hour; default: now. */
        to?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A page of groups, in the order of their values. */
      200: {
        headers: {
          /** @description Of CSV: the next page, `rel="next"`. */
          link?: string
          [name: string]: unknown
        }
        content: {
          'application/json': {
            data: ({
              /** @description Sum of FAL's bills, as far as they are known. In micro-USD. */
              actualMicros: number
              /** @description Bytes of them in the archive. */
              bytes: number
              /** @description Sum of what the clients' ledgers took. In micro-USD. */
              chargedMicros: number
              /** @description Sum of the estimates. In micro-USD. */
              estimatedMicros: number
              /** @description Files that they made. */
              files: number
              /** @description Jobs created then. */
              jobs: number
              /** @description Jobs whose bill is not known: `actualMicros` lacks them. */
              unsettledJobs: number
            } & {
              [key: string]: string | null
            })[]
            hasMore: boolean
            /** @description Pass as `cursor` for the next page; null on the last. */
            nextCursor: string | null
          }
          'text/csv': string
        }
      }
      /** @description No API key, or not a valid one. */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The API key may not do this. */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description The request is well-formed but invalid. */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Too many requests; see Retry-After. */
      429: {
        headers: {
          RateLimit: components['headers']['RateLimit']
          'RateLimit-Policy': components['headers']['RateLimitPolicy']
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description An internal error. */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
      /** @description Temporarily unavailable; see Retry-After. */
      503: {
        headers: {
          'Retry-After': components['headers']['RetryAfter']
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getHealth: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Alive. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'ok'
          }
        }
      }
    }
  }
  getMetrics: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description The exposition. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'text/plain': string
        }
      }
    }
  }
  getReadiness: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Every part by name, with the time its check took. */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            checks: {
              [key: string]: {
                error: string | null
                ms: number
                ok: boolean
              }
            }
            ready: boolean
          }
        }
      }
      /** @description Every part by name, with the time its check took. */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            checks: {
              [key: string]: {
                error: string | null
                ms: number
                ok: boolean
              }
            }
            ready: boolean
          }
        }
      }
    }
  }
  jobCallback: {
    parameters: {
      query?: never
      header: {
        /** @description The same in every attempt: use it to drop duplicates. */
        'webhook-id': string
        /** @description One `v1,…` for each valid secret, separated by blanks. */
        'webhook-signature': string
        /** @description Seconds since 1970; refuse what is minutes old. */
        'webhook-timestamp': string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        /**
         * @example {
         *       "type": "job.completed",
         *       "timestamp": "2026-11-20T10:00:03.050Z",
         *       "data": {
         *         "id": "job_01999999-9999-7999-8999-999999999999",
         *         "status": "completed",
         *         "model": "flux-schnell",
         *         "endpointId": "fal-ai/flux/schnell",
         *         "kind": "image",
         *         "userId": "user-17",
         *         "metadata": {
         *           "order": "4711"
         *         },
         *         "params": {
         *           "prompt": "a lighthouse in the fog",
         *           "aspectRatio": "16:9",
         *           "numOutputs": 1,
         *           "steps": 4
         *         },
         *         "warnings": [],
         *         "progress": 1,
         *         "queuePosition": null,
         *         "etaSeconds": null,
         *         "cost": {
         *           "estimatedMicros": 3000,
         *           "atMostMicros": null,
         *           "confidence": "rule",
         *           "actualMicros": 3000,
         *           "source": "units",
         *           "billableUnits": 1,
         *           "billedAs": "fal-ai/flux/schnell",
         *           "chargedMicros": null,
         *           "settledAt": "2026-08-01T12:00:24.000Z",
         *           "currency": "USD"
         *         },
         *         "media": [
         *           {
         *             "index": 0,
         *             "path": "images[0]",
         *             "kind": "image",
         *             "url": "https://jobs.example.com/files/eyJrIjoi.c2lnbmVk",
         *             "sourceUrl": "https://v3b.fal.media/files/b/0a1b2c3d/lighthouse.jpeg",
         *             "archiveUrl": "https://jobs.example.com/files/eyJrIjoi.c2lnbmVk",
         *             "contentType": "image/jpeg",
         *             "bytes": 184320,
         *             "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
         *             "width": 1024,
         *             "height": 576,
         *             "storedWidth": 1024,
         *             "storedHeight": 576,
         *             "durationSeconds": null,
         *             "thumbnailUrl": null,
         *             "flagged": false
         *           }
         *         ],
         *         "archive": {
         *           "status": "archived",
         *           "attempts": 1,
         *           "lastError": null,
         *           "archivedAt": "2026-11-20T10:00:04.210Z"
         *         },
         *         "result": {
         *           "images": [
         *             {
         *               "url": "https://v3b.fal.media/files/b/0a1b2c3d/lighthouse.jpeg",
         *               "content_type": "image/jpeg",
         *               "width": 1024,
         *               "height": 576
         *             }
         *           ],
         *           "seed": 42
         *         },
         *         "omitted": [],
         *         "error": null,
         *         "fal": {
         *           "requestId": "5b1f0c1e-6f0a-4a57-9d35-2a4f3b6f7c10",
         *           "gatewayRequestId": null,
         *           "status": "COMPLETED",
         *           "awaiting": null,
         *           "inferenceSeconds": 0.82,
         *           "userId": null
         *         },
         *         "submission": "accepted",
         *         "retryOf": null,
         *         "createdAt": "2026-11-20T10:00:00.000Z",
         *         "submittedAt": "2026-11-20T10:00:00.180Z",
         *         "startedAt": "2026-11-20T10:00:01.900Z",
         *         "completedAt": "2026-11-20T10:00:03.050Z",
         *         "updatedAt": "2026-11-20T10:00:04.210Z",
         *         "erasedAt": null,
         *         "erasing": null,
         *         "links": {
         *           "self": "/api/jobs/job_01999999-9999-7999-8999-999999999999",
         *           "events": "/api/jobs/job_01999999-9999-7999-8999-999999999999/events",
         *           "cancel": "/api/jobs/job_01999999-9999-7999-8999-999999999999/cancel"
         *         }
         *       }
         *     }
         */
        'application/json': {
          data: components['schemas']['Job']
          /**
           * Format: date-time
           * @description When it happened.
           */
          timestamp: string
          /** @enum {string} */
          type: 'job.running' | 'job.completed' | 'job.failed' | 'job.canceled' | 'job.archived'
        }
      }
    }
    responses: {
      /** @description Received. */
      '2XX': {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description Gone: callbacks to this receiver stop. */
      410: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
}
