import { OverviewView } from '@vigil/protocol';

/** What holds unless an address says otherwise: all attempts, those with the most to look at first. */
export const ordinaryView: OverviewView = OverviewView.parse({});

const lists = ['states', 'analysis', 'evidence', 'kinds'] as const;
const marks = ['incomplete', 'outliers', 'unreviewed'] as const;
const texts = ['text', 'words'] as const;

/**
 * Reads what is chosen from an address's query, e.g. `?sort=name&states=recording.interrupted&outliers=1`. What is not known, as from
 * another version or a mistyped link, counts as not said.
 */
export function viewOf(search: string): OverviewView {
  const query = new URLSearchParams(search);
  const known = (key: keyof OverviewView, value: unknown): Partial<OverviewView> => {
    const parsed = OverviewView.shape[key].safeParse(value);
    return parsed.success ? { [key]: parsed.data } : {};
  };
  const item = (key: (typeof lists)[number], one: string): boolean => OverviewView.shape[key].safeParse([one]).success;
  return {
    ...ordinaryView,
    ...(query.has('sort') && known('sort', query.get('sort'))),
    ...(query.has('order') && { descending: query.get('order') !== 'up' }),
    ...Object.assign({}, ...lists.map((key) => known(key, (query.get(key) ?? '').split('.').filter((one) => item(key, one))))) as Partial<OverviewView>,
    ...Object.assign({}, ...marks.map((key) => known(key, query.get(key) === '1'))) as Partial<OverviewView>,
    ...Object.assign({}, ...texts.map((key) => known(key, query.get(key) ?? ''))) as Partial<OverviewView>,
  };
}

/** The query of a view's address, without `?`; empty for the ordinary one. The reverse of `viewOf`. */
export function searchOf(view: OverviewView): string {
  const query = new URLSearchParams();
  if (view.sort !== ordinaryView.sort) query.set('sort', view.sort);
  if (!view.descending) query.set('order', 'up');
  for (const key of lists) if (view[key].length) query.set(key, view[key].join('.'));
  for (const key of marks) if (view[key]) query.set(key, '1');
  for (const key of texts) if (view[key]) query.set(key, view[key]);
  return query.toString();
}

/** Whether anything is left out of the list. */
export const isFiltered = (view: OverviewView): boolean =>
  searchOf({ ...view, sort: ordinaryView.sort, descending: ordinaryView.descending }) !== '';
