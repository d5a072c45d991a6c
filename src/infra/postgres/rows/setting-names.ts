/** The names in the table `setting`: what replicas share beside jobs. */

export const settingNames = {
  /** The virtual clock of the fair queue: a client that was idle starts a little behind it. */
  turnClock: 'turn_clock',
  /** The FAL account whose webhooks are accepted. */
  falAccount: 'fal_account',
  /** When FAL's list of models was last read to its end. */
  modelsListedAt: 'fal_models_listed_at',
  /** When a process last took its turn to refresh models. */
  modelsRefreshedAt: 'fal_models_refreshed_at',
  /** Up to when FAL's billing events were compared with the jobs. */
  billsComparedUntil: 'bills_compared_until',
  /** Signs links to archived files. */
  linkSecret: 'link_secret',
  /** Seals quotes. */
  quoteSecret: 'quote_secret',
} as const

export type SettingName = (typeof settingNames)[keyof typeof settingNames]
