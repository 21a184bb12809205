import { expect, test } from 'vitest';
import { isFiltered, ordinaryView, searchOf, viewOf } from './view-url.js';

test('every view that is written is read back', () => {
  const view = {
    sort: 'name',
    descending: false,
    states: ['recording', 'interrupted'],
    analysis: ['up-to-date'],
    evidence: ['partial'],
    kinds: ['phone', 'screen-words'],
    incomplete: true,
    outliers: true,
    unreviewed: true,
    text: 'Ö & ?#=x',
    words: 'two words',
  } as const;
  expect(viewOf(`?${searchOf({ ...view, states: [...view.states], analysis: [...view.analysis], evidence: [...view.evidence], kinds: [...view.kinds] })}`)).toEqual(view);
});

test('the ordinary view has no query, and one without a query is ordinary', () => {
  expect(searchOf(ordinaryView)).toBe('');
  expect(viewOf('')).toEqual(ordinaryView);
});

test.each(['?sort=nonsense&states=x.y&kinds=phone.x&outliers=yes&other=1', `?kinds=phone&text=${'x'.repeat(300)}`])('what is not known in %s counts as not said', (search) => {
  expect(viewOf(search)).toEqual({ ...ordinaryView, kinds: ['phone'] });
});

test('an order alone leaves nothing out', () => {
  expect(isFiltered(viewOf('?sort=name&order=up'))).toBe(false);
  expect(isFiltered(viewOf('?text=ada'))).toBe(true);
});
