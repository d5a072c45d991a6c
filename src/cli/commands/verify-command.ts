/** `fal-jobs verify`: reads the archive again and names every file that is not what its job says it is. */

import { readArguments, withUsage } from '../terminal/arguments.ts'
import { plainText } from '../terminal/plain-text.ts'
import { withServices } from '../terminal/with-services.ts'
import { filterOptions, filterUsage, readFilter } from './archive-filter.ts'

const usage = `Usage: fal-jobs verify [options]

Reads every archived file and compares its bytes with the SHA-256 and size that were measured when it was copied;
checks that each archived job has its manifest. Names what differs, one line each.

${filterUsage}
  --quick            compare sizes only, without reading the files
  --json             one JSON object a line

Exit code: 0 all as it should be, 1 something differs, 2 wrong usage.
`

/** Resolves with the exit code. */
export async function run(args: string[]): Promise<number> {
  return withUsage(usage, args, async () => {
    const options = {
      ...filterOptions,
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    } as const
    const { values } = readArguments({ args, options })
    return await verify(readFilter(values), values)
  })
}

async function verify(
  filter: ReturnType<typeof readFilter>,
  { quick, json }: { quick: boolean; json: boolean },
): Promise<number> {
  const print = (text: string) => void process.stdout.write(`${plainText(text)}\n`)
  const verified = await withServices(({ jobs }) =>
    jobs.archive.verifyArchive(
      filter,
      (difference) =>
        print(
          json
            ? JSON.stringify(difference)
            : `${difference.key}  ${difference.problem}  (${difference.jobId})`,
        ),
      { quick },
    ),
  )
  const { jobs, files, bytes, differences } = verified
  const read = quick ? '' : `, ${bytes} bytes read`
  print(
    json
      ? JSON.stringify(verified)
      : `${files} files of ${jobs} jobs${read}: ${differences === 0 ? 'all as they should be' : `${differences} differ`}`,
  )
  return differences === 0 ? 0 : 1
}
