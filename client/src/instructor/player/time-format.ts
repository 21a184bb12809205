const two = (value: number): string => String(value).padStart(2, '0');

/** A position in an attempt, e.g. `4:07` or `1:04:07`; ms from its start. `withTenths` adds a tenth of a second. */
export function formatPosition(ms: number, withTenths = false): string {
  const tenths = Math.max(0, Math.floor(ms / 100));
  const seconds = Math.floor(tenths / 10);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const head = hours ? `${hours}:${two(minutes)}` : String(minutes);
  return `${head}:${two(seconds % 60)}${withTenths ? `.${tenths % 10}` : ''}`;
}

/** A position that a person wrote, e.g. `4:07`, `1:04:07` or `95`, in ms; undefined for what is none. */
export function parsePosition(text: string): number | undefined {
  const parts = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,5}(?:[.,]\d{1,3})?)$/.exec(text.trim());
  if (!parts) return undefined;
  const [, hours, minutes, seconds = '0'] = parts;
  const s = Number(seconds.replace(',', '.'));
  if ((minutes !== undefined && s >= 60) || (hours !== undefined && Number(minutes) >= 60)) return undefined;
  return Math.round((Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + s) * 1_000);
}

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;

/** A length in words, e.g. `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`; ms. It is cut as positions are, so that they agree; no line ends in it. */
export const formatDuration = (ms: number): string => durationWords(ms).replaceAll(' ', '\u00a0');

function durationWords(ms: number): string {
  if (ms < 10_000) return `${Math.floor(Math.max(0, ms) / 100) / 10} s`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** A position as a screen reader should say it, e.g. `1 hour 4 minutes 7 seconds`; ms. */
export function speakPosition(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const parts = [
    [Math.floor(seconds / 3_600), 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
    [seconds % 60, 'second'],
  ] as const;
  const spoken = parts.filter(([count]) => count > 0).map(([count, unit]) => plural(count, unit));
  return spoken.join(' ') || '0 seconds';
}
