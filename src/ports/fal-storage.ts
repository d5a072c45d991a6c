/** The port of FAL's storage, which the drop-in proxy relays uploads to. */

export interface RelayedAnswer {
  status: number
  /** JSON text. */
  body: string
}

export interface FalStorage {
  /**
   * POSTs JSON to FAL's REST host with the service's key; the upload itself goes from the caller to the URL in the answer.
   * `lifecycle`: FAL's header of that name. @throws AppError UNAVAILABLE when FAL cannot be reached or refuses the key.
   */
  relay(
    path: string,
    body: Record<string, unknown>,
    options: { lifecycle: string | null; signal?: AbortSignal },
  ): Promise<RelayedAnswer>
}
