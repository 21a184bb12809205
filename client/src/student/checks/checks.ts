/** The cards, in the order in which they run. */
export type CheckName = 'browser' | 'camera' | 'face' | 'microphone' | 'screen' | 'uplink';

/** `running` with `needsClick`: waits for the student. */
export type CheckState = 'waiting' | 'running' | 'passed' | 'failed';

/** What a check found. */
export interface CheckOutcome {
  passed: boolean;
  text: string;
  /** Steps that mend it, or advice where it passed. */
  help: readonly string[];
  /** For those who want to know more. */
  details?: string;
  /** It passed, and another try may still end better. */
  again?: boolean;
}

/** One card. */
export interface CheckView extends Pick<CheckOutcome, 'text' | 'help'> {
  details: string | undefined;
  again: boolean;
  name: CheckName;
  state: CheckState;
  /** Waits for a click that only the student can give (sharing the screen). */
  needsClick: boolean;
}

/** One check: what it says while it runs, and the work, which never throws. */
export interface Check {
  name: CheckName;
  running: string;
  /** Text while it waits for the student's click, for a check that may only run inside one. */
  beforeClick?: string;
  run: () => Promise<CheckOutcome>;
}

/** Runs checks one after the other; stops at one that fails or needs a click, and goes on from there. */
export class Checks {
  #views: CheckView[];
  readonly #checks: readonly Check[];
  readonly #changed: (views: CheckView[]) => void;
  #busy = false;

  constructor(checks: readonly Check[], changed: (views: CheckView[]) => void) {
    this.#checks = checks;
    this.#changed = changed;
    this.#views = checks.map(({ name }) => ({ name, state: 'waiting', text: '', help: [], details: undefined, again: false, needsClick: false }));
  }

  get views(): CheckView[] {
    return this.#views;
  }

  get passed(): boolean {
    return this.#views.every(({ state }) => state === 'passed');
  }

  /** Goes on with the first check that has not passed. Does nothing while one is running. */
  async run(): Promise<void> {
    const check = this.#next();
    if (!check || this.#busy) return;
    if (check.beforeClick === undefined) return this.click(check.name);
    // The words of a failure stay beside the button until the student tries again.
    if (this.#view(check.name).state === 'failed') this.#set(check.name, { needsClick: true });
    else this.#set(check.name, { state: 'running', needsClick: true, text: check.beforeClick, help: [] });
  }

  /** Runs one check now, inside the student's click where it needs one; then goes on. */
  async click(name: CheckName): Promise<void> {
    const check = this.#checks.find((one) => one.name === name);
    if (!check || this.#busy) return;
    this.#busy = true;
    this.#set(name, { state: 'running', needsClick: false, text: check.running, help: [], details: undefined, again: false });
    const { passed, text, help, details, again = false } = await check.run();
    this.#busy = false;
    this.#set(name, { state: passed ? 'passed' : 'failed', text, help, details, again });
    if (passed || this.#next()?.beforeClick !== undefined) await this.run();
  }

  /** A source that had passed is gone, for example unplugged. */
  lost(name: CheckName, { text, help }: Pick<CheckOutcome, 'text' | 'help'>): void {
    if (this.#view(name).state === 'passed') this.#set(name, { state: 'failed', text, help, needsClick: this.#needsClick(name) });
  }

  #needsClick(name: CheckName): boolean {
    return this.#checks.find((one) => one.name === name)?.beforeClick !== undefined;
  }

  /** The first that has not passed; a failed one holds up those after it. */
  #next(): Check | undefined {
    return this.#checks.find(({ name }) => this.#view(name).state !== 'passed');
  }

  #view(name: CheckName): CheckView {
    const view = this.#views.find((one) => one.name === name);
    if (!view) throw new Error(`there is no check ${name}`);
    return view;
  }

  #set(name: CheckName, change: Partial<CheckView>): void {
    this.#views = this.#views.map((view) => (view.name === name ? { ...view, ...change } : view));
    this.#changed(this.#views);
  }
}
