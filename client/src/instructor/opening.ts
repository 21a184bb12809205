const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** When an exam can be started, in words; times are ms since 1970, null where there is no limit. */
export function opening(opensAtMs: number | null, closesAtMs: number | null): string {
  const parts = [
    ...(opensAtMs === null ? [] : [`opens ${date.format(opensAtMs)}`]),
    ...(closesAtMs === null ? [] : [`closes ${date.format(closesAtMs)}`]),
  ];
  return parts.join(', ') || 'always open';
}
