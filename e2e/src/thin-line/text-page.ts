import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';

/** The questions of an exam as a page shows them: each is one screenful that stands while a student reads and writes. */
export const questions: readonly (readonly string[])[] = [
  [
    'Question 1 of 4: Describe the water cycle',
    'Water evaporates from oceans, lakes and rivers when the sun warms them.',
    'The vapour rises, cools and condenses into clouds of small droplets.',
    'When the droplets become heavy enough they fall as rain, snow or hail.',
    'Some of this water sinks into the ground and feeds springs and wells.',
    'Name three places where water is stored for more than a hundred years,',
    'and explain how a warmer climate changes the speed of the whole cycle.',
  ],
  [
    'Question 2 of 4: A train and a bicycle',
    'A train leaves the station at nine in the morning and travels north.',
    'It covers a distance of 180 kilometres in two hours and fifteen minutes.',
    'A cyclist starts from the same place one hour earlier at a steady pace.',
    'After 45 minutes of riding she has covered exactly 18 kilometres of road.',
    'How far behind the train is she at half past ten, and at what time would',
    'both have travelled the same distance if the train had stopped at ten?',
  ],
  [
    'Question 3 of 4: Read the text and answer',
    'The old library stood at the corner of the market square for a century.',
    'Its reading room was famous for tall windows and a ceiling of dark oak.',
    'During the war the most valuable books were carried to a nearby village.',
    'A baker hid them behind sacks of flour until the fighting had moved on.',
    'Who saved the books, where were they kept, and why was that place safe?',
    'Answer in complete sentences and do not copy words from the text itself.',
  ],
  [
    'Question 4 of 4: Write a short program',
    'A list holds the temperatures that were measured during one day in May.',
    'Write a function that returns the highest, the lowest and the average.',
    'It should also count how many values lie above the average of the list.',
    'What happens when the list is empty, and how should the function answer?',
    'Explain the running time of your solution for a list of one million values',
    'and say whether the numbers have to be kept in memory at the same time.',
  ],
];

/** Runs in the page. */
function show(pages: readonly (readonly string[])[]): void {
  const text = document.querySelector('main')!;
  const answer = document.querySelector('textarea')!;
  Object.assign(globalThis, {
    vigilShow: async (index: number): Promise<number> => {
      const [title = '', ...lines] = pages[index] ?? [];
      text.replaceChildren(
        Object.assign(document.createElement('h1'), { textContent: title }),
        ...lines.map((line) => Object.assign(document.createElement('p'), { textContent: line })),
      );
      answer.value = '';
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return Date.now();
    },
  });
  // A student who writes: a letter now and then.
  const letters = 'the answer is that all of it has to be counted first ';
  let typed = 0;
  setInterval(() => (answer.value += letters[typed++ % letters.length] ?? ''), 400);
}

/** Serves the page on a free port of this machine. */
export async function serveTextPage(): Promise<{ address: string; stop(): Promise<void> }> {
  const html = `<!doctype html><html lang="en"><title>Exam</title><style>
    body { margin: 0; padding: 24px 48px; background: #fff; color: #111; font: 18px/1.7 'DejaVu Sans', sans-serif }
    h1 { margin: 0 0 12px; font-size: 24px } p { margin: 0 }
    textarea { position: fixed; left: 48px; right: 48px; bottom: 24px; height: 180px; font: 16px 'DejaVu Sans', sans-serif }
    </style><main></main><textarea></textarea><script>(${show.toString()})(${JSON.stringify(questions)})</script></html>`;
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html; charset=utf-8').end(html));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Shows a question. @returns wall clock, ms, when it is on the screen. */
export const showQuestion = (page: Page, index: number): Promise<number> =>
  page.evaluate((which) => (globalThis as unknown as { vigilShow(index: number): Promise<number> }).vigilShow(which), index);
