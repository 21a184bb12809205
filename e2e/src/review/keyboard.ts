import type { Page } from '@playwright/test';

/** What a key did is done after so long at most, as where a button is off while the server is asked. */
const settledMs = 2_000;

/** A hand on a keyboard and nothing else: every key is counted, and after each the focus has to be somewhere, and be seen. */
export class Keyboard {
  /** Keys pressed, and characters typed. */
  keys = 0;
  characters = 0;
  /** Where the focus was lost or not to be seen. */
  readonly lost: string[] = [];

  constructor(private readonly page: Page) {}

  /** @param from what a key is pressed for, in words: it is named where the focus is lost. */
  async press(key: string, from = key): Promise<void> {
    await this.page.keyboard.press(key);
    this.keys += 1;
    await this.look(from);
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
    this.characters += text.length;
  }

  /** Tabs on (or back) until what has the focus is this. @throws {Error} when it cannot be reached. */
  async tabTo(selector: string, { back = false, most = 150 }: { back?: boolean; most?: number } = {}): Promise<void> {
    for (let pressed = 0; pressed < most; pressed += 1) {
      if (await this.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
      await this.press(back ? 'Shift+Tab' : 'Tab', `on the way to ${selector}`);
    }
    throw new Error(`${selector} cannot be reached within ${most} keys`);
  }

  /** Waits until what a key began is there, then looks where the focus is. */
  async until(what: string, there: Promise<unknown>): Promise<void> {
    await there;
    await this.look(what);
  }

  private async look(what: string): Promise<void> {
    const wrong = await this.page.evaluate(async (withinMs) => {
      const outlined = (element: Element | null): boolean => {
        if (!element) return false;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
      };
      const problem = (): string => {
        const focused = document.activeElement;
        if (!focused || focused === document.body) return 'nothing has the focus';
        // A page that has just come has it as a whole, so that the next key begins there.
        if (focused.matches('main')) return '';
        const name = focused.getAttribute('data-testid') ?? `${focused.tagName.toLowerCase()} ${focused.textContent.trim().slice(0, 30)}`;
        if (!outlined(focused) && !outlined(focused.closest('li')) && getComputedStyle(focused).boxShadow === 'none') return `the focus is not to be seen on ${name}`;
        const { top, bottom, left, right } = focused.getBoundingClientRect();
        return bottom <= 0 || right <= 0 || top >= innerHeight || left >= innerWidth ? `what has the focus is out of sight: ${name}` : '';
      };
      const untilMs = performance.now() + withinMs;
      for (;;) {
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        const now = problem();
        if (!now || performance.now() > untilMs) return now;
      }
    }, settledMs);
    if (wrong) this.lost.push(`${what}: ${wrong}`);
  }
}
