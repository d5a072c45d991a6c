/** Translates file system errors into what the operator must do. */
import { ArchiveError } from '../../../domain/archive-error.ts'
import { errorCode } from '../../../domain/error-code.ts'

const adviceByCode: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space or move ARCHIVE_DIR',
  EDQUOT: 'the disk quota is used up: raise it or move ARCHIVE_DIR',
  EACCES: 'permission denied: let the user that runs the service write to ARCHIVE_DIR',
  EPERM: 'not permitted: let the user that runs the service write to ARCHIVE_DIR',
  EROFS: 'the file system is read-only: mount it writable or move ARCHIVE_DIR',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this machine: raise the system limit',
  ENOTDIR: 'a file stands where a folder is needed: check ARCHIVE_DIR',
  EISDIR: 'a folder stands where a file is needed: check ARCHIVE_DIR',
  EIO: 'the disk failed: check its health',
  EXDEV: 'ARCHIVE_DIR spans several file systems: mount it as one',
  ENAMETOOLONG: 'a path is too long for the file system: give ARCHIVE_DIR a shorter one',
}

/** Every error of the folder itself is temporary or fixable: 'later'. An ArchiveError is passed on. */
export function folderError(error: unknown, dir: string): ArchiveError {
  if (error instanceof ArchiveError) return error
  const code = errorCode(error)
  const reason = error instanceof Error ? error.message : String(error)
  const advice = (code === null ? undefined : adviceByCode[code]) ?? reason
  return new ArchiveError(
    'later',
    `archive folder ${dir}: ${advice}${code === null ? '' : ` (${code})`}`,
    error,
  )
}

export const isMissing = (error: unknown): boolean => {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
