/** The pages of the instructor, by path. */
export type Route =
  | { page: 'courses' }
  /** `search`: what is chosen to be seen, as `view-url.ts` writes it. */
  | { page: 'exam'; exam: string; search: string }
  | { page: 'onboardings'; course: string }
  | { page: 'setup'; exam: string }
  | { page: 'students'; exam: string }
  /** `copyOf`: the exam that it begins as, or empty. */
  | { page: 'new-exam'; course: string; copyOf: string }
  /** `atMs`: where to start in the recording, ms; `finding`: the one that is looked at there. */
  | { page: 'attempt'; attempt: string; atMs: number; finding?: string }
  | { page: 'unknown' };

const isId = /^[0-9a-f]{24}$/;

/**
 * Reads an address: `/`, `/review/exams/<id>?<view>`, `/review/exams/<id>/setup`, `/review/exams/<id>/students`,
 * `/review/courses/<course>/new-exam?copy=<exam>`, `/review/onboardings/<course>`, `/review/attempts/<id>?t=<seconds>&finding=<id>`.
 */
export function parseRoute({ pathname, search }: Pick<URL, 'pathname' | 'search'>): Route {
  const parts = pathname.split('/').filter(Boolean);
  if (!parts.length || pathname === '/instructor.html') return { page: 'courses' };
  const [root, collection, id, ...more] = parts;
  if (root !== 'review') return { page: 'unknown' };
  if (!collection) return { page: 'courses' };
  if (!id || !isId.test(id)) return { page: 'unknown' };
  // `rules` is what it was called before.
  if (collection === 'exams' && (more.join('/') === 'setup' || more.join('/') === 'rules')) return { page: 'setup', exam: id };
  if (collection === 'exams' && more.join('/') === 'students') return { page: 'students', exam: id };
  if (collection === 'courses' && more.join('/') === 'new-exam') {
    const copyOf = new URLSearchParams(search).get('copy') ?? '';
    return { page: 'new-exam', course: id, copyOf: isId.test(copyOf) ? copyOf : '' };
  }
  if (more.length) return { page: 'unknown' };
  if (collection === 'exams') return { page: 'exam', exam: id, search };
  if (collection === 'onboardings') return { page: 'onboardings', course: id };
  if (collection !== 'attempts') return { page: 'unknown' };
  const asked = new URLSearchParams(search);
  const seconds = Number(asked.get('t'));
  const finding = asked.get('finding');
  return { page: 'attempt', attempt: id, atMs: seconds > 0 && seconds < Infinity ? Math.round(seconds * 1_000) : 0, ...(finding && { finding }) };
}

export const examPath = (exam: string, search = ''): string => `/review/exams/${exam}${search && `?${search}`}`;
export const setupPath = (exam: string): string => `${examPath(exam)}/setup`;
export const newExamPath = (course: string, copyOf = ''): string => `/review/courses/${course}/new-exam${copyOf && `?copy=${copyOf}`}`;
export const studentsPath = (exam: string): string => `${examPath(exam)}/students`;

/** A course's onboardings. */
export const onboardingsPath = (course: string): string => `/review/onboardings/${course}`;

/** The address of an attempt, with the position if it is not the start, and a finding. */
export function attemptPath(attempt: string, atMs = 0, finding?: string): string {
  const seconds = Math.floor(atMs / 100) / 10;
  const asked = new URLSearchParams({ ...(seconds > 0 && { t: String(seconds) }), ...(finding && { finding }) }).toString();
  return `/review/attempts/${attempt}${asked && `?${asked}`}`;
}
