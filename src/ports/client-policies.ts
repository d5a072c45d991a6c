/** The port of per-client settings: archiving, retention, weight and limit in the fair queue. */

/** Days after a job's end; null keeps it for good. */
export interface ClientPolicy {
  archiveByDefault: boolean
  keepMediaDays: number | null
  /** Prompts, inputs and results. */
  keepContentDays: number | null
  /** Everything but a tombstone. */
  keepJobsDays: number | null
  /** Its weight in the fair queue for FAL slots; above 0. */
  turnWeight: number
  /** Most jobs at FAL at once; null: as many as FAL_MAX_IN_FLIGHT_PER_CLIENT says. */
  maxInFlight: number | null
}

export interface ClientPolicies {
  /** null when the client does not exist. */
  get(clientId: string): Promise<ClientPolicy | null>
  /** Absent fields stay as they are. null when the client does not exist. */
  change(clientId: string, policy: Partial<ClientPolicy>): Promise<ClientPolicy | null>
}
