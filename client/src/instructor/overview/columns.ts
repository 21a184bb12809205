import type { OverviewSort, OverviewView } from '@vigil/protocol';

/** A column of the list, with what it is sorted by. */
export interface Column {
  sort: OverviewSort;
  label: string;
}

/** In the order in which they stand. */
export const columns: readonly Column[] = [
  { sort: 'name', label: 'Student' },
  { sort: 'points', label: 'Points' },
  { sort: 'incidents', label: 'To look at' },
  { sort: 'state', label: 'State' },
  { sort: 'missing', label: 'Not recorded' },
  { sort: 'quality', label: 'Not to be judged' },
  { sort: 'analysis', label: 'Analysis' },
  { sort: 'started', label: 'Started' },
  { sort: 'length', label: 'Length' },
  { sort: 'reviewed', label: 'Reviewed' },
];

/** Those whose first order is upwards. */
const upwards: ReadonlySet<OverviewSort> = new Set(['name', 'state', 'analysis', 'started']);

/** The order when a column is chosen: the other way round if it is the one already. */
export const sortedBy = (view: OverviewView, sort: OverviewSort): OverviewView => ({
  ...view,
  sort,
  descending: view.sort === sort ? !view.descending : !upwards.has(sort),
});
