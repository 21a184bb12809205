import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { codeRange, stripCells } from './picture-code.js';

/** An exam's page that shows the time as cells, on every frame that the browser draws. */
export interface ScreenPage {
  address: string;
  stop(): Promise<void>;
}

/** Runs in the page. `setBlack` covers everything and resolves with the wall clock when that is on the screen. */
function show(cells: (value: number) => number[], range: number): void {
  const canvas = document.querySelector('canvas')!;
  const pen = canvas.getContext('2d')!;
  const draw = (): void => {
    for (const [i, cell] of cells(Date.now() % range).entries()) {
      pen.fillStyle = cell ? '#fff' : '#000';
      pen.fillRect(i % 20, Math.floor(i / 20), 1, 1);
    }
    requestAnimationFrame(draw);
  };
  draw();
  Object.assign(globalThis, {
    setBlack: async (black: boolean) => {
      document.querySelector<HTMLElement>('#cover')!.hidden = !black;
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return Date.now();
    },
  });
}

/** Serves the page on a free port of this machine. */
export async function serveScreenPage(): Promise<ScreenPage> {
  const html = `<!doctype html><html lang="en"><title>Exam</title><style>
    html, body { margin: 0; height: 100%; overflow: hidden; background: #eef; font: 24px sans-serif; cursor: none }
    canvas { position: fixed; left: 0; top: 41.666vh; width: 100vw; height: 16.666vh; image-rendering: pixelated }
    #cover { position: fixed; inset: 0; background: #000 } #cover[hidden] { display: none }
    </style><h1>Exam</h1><p>Question 1: what time is it?</p><canvas width="20" height="2"></canvas><div id="cover" hidden></div>
    <script>(${show.toString()})(${stripCells.toString()}, ${codeRange})</script></html>`;
  const server = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(html));
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

/** Makes the exam's page black, or gives it back. @returns wall clock, ms, when it is so. */
export function setBlack(page: Page, black: boolean): Promise<number> {
  return page.evaluate((value) => (globalThis as unknown as { setBlack(black: boolean): Promise<number> }).setBlack(value), black);
}
