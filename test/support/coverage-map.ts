/** Whose coverage is counted: the rooms that need nothing but themselves. Counting it in a running service costs more than it tells. */
export default (testFile: string): string[] | null =>
  testFile === 'test/tap-loaders/core.test.ts' ? ['src/{domain,jobs,models,concurrency}/**/*.ts'] : null
