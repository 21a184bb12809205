import { AttemptWords, ExamWords } from '@vigil/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, makeWorld, signIn, startApi } from './api-support.js';
import type { Api, World } from './api-support.js';
import { ScreenTexts } from '../src/store/index.js';

let api: Api;
let world: World;
let cookie: string;

beforeAll(async () => {
  api = await startApi();
  world = await makeWorld(api, 'a');
  cookie = await signIn(api, world);
  const other = await makeWorld(api, 'b');
  const texts: [attempt: string, startMs: number, endMs: number, text: string][] = [
    [world.attempt._id, 10_000, 20_000, 'Question 4\nWhy does a gas cool down when it expands against a piston?'],
    [world.attempt._id, 20_000, 25_000, 'Question 4 Why does a gas cool\ndown when it expands?'],
    [world.attempt._id, 40_000, 50_000, 'Ask ChatGPT (a.*b) at https://chatgpt.com/c/1'],
    [world.attempt._id, 60_000, 61_000, 'The gas COOLS when it cools down'],
    [other.attempt._id, 10_000, 20_000, 'Why does a gas cool down?'],
  ];
  await ScreenTexts.create(texts.map(([attempt, startMs, endMs, text]) => ({ _id: `${attempt}-${startMs}`, attempt, startMs, endMs, text })));
});
afterAll(() => api.close());

const find = (path: string, words: string) => call(api, 'GET', `${path}/words?q=${encodeURIComponent(words)}`, { headers: { cookie } });
const moments = async (words: string) => AttemptWords.parse(await (await find(`/api/attempts/${world.attempt._id}`, words)).json());

test('words are found in the order and the case in which they stood, also over a line’s end; what goes on is one moment', async () => {
  expect(await moments('gas COOL  down')).toEqual({
    moments: [{ startMs: 10_000, endMs: 25_000, before: 'Question 4 Why does a ', hit: 'gas cool down', after: ' when it expands against a piston?' }],
    more: false,
  });
  expect((await moments('cool')).moments.map(({ startMs, endMs, hit }) => [startMs, endMs, hit])).toEqual([[10_000, 25_000, 'cool'], [60_000, 61_000, 'COOL']]);
  expect(await moments('diesel')).toEqual({ moments: [], more: false });
});

test('signs are looked for as they are, never as a pattern', async () => {
  expect((await moments('(a.*b)')).moments).toHaveLength(1);
  for (const words of ['..*', 'cha.gpt', '(a+)+$', '[a-z]+', '^Question|ChatGPT', '\\w+', '$where']) expect((await moments(words)).moments, words).toEqual([]);
});

test('an exam’s attempts come with how often it was there, and only that exam’s', async () => {
  const answer = ExamWords.parse(await (await find(`/api/exams/${world.exam._id}`, 'cool')).json());
  expect(answer).toEqual({ attempts: [{ attempt: world.attempt._id, moments: 2, firstMs: 10_000 }] });
});

test('at most 200 moments are given, and that there are more', async () => {
  const attempt = (await makeWorld(api, 'many')).attempt._id;
  await ScreenTexts.create(Array.from({ length: 205 }, (_, at) => ({ _id: `${attempt}-${at}`, attempt, startMs: at * 10_000, endMs: at * 10_000 + 100, text: 'again' })));
  const owner = await signIn(api, { ...world, user: { ...world.user, email: 'many@example.org' }, password: 'password of many' });
  const answer = AttemptWords.parse(await (await call(api, 'GET', `/api/attempts/${attempt}/words?q=again`, { headers: { cookie: owner } })).json());
  expect([answer.moments.length, answer.more, answer.moments[0]!.startMs]).toEqual([200, true, 0]);
});

test('a search without words, or with too many, says so', async () => {
  for (const [words, sentence] of [[' a ', 'Write at least 2 characters.'], ['x'.repeat(81), 'At most 80 characters can be looked for.']] as const) {
    const answer = await find(`/api/attempts/${world.attempt._id}`, words);
    expect([answer.status, await answer.json()]).toEqual([400, { reason: 'badInput', message: sentence }]);
  }
  const twice = await call(api, 'GET', `/api/attempts/${world.attempt._id}/words?q=a1&q=b1`, { headers: { cookie } });
  expect(twice.status).toBe(400);
});
