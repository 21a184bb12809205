const full: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** Whether an error says that nothing more can be written, and not that something else is wrong. */
export const isDiskFull = (error: unknown): boolean => error instanceof Error && 'code' in error && full.has(error.code);
