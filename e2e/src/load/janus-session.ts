import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/** How long Janus may take for anything, ms. */
const patienceMs = 60_000;
/** Events that one long poll may bring. */
const mostEvents = 50;

const Event = z.object({
  janus: z.string(),
  sender: z.number().optional(),
  data: z.object({ id: z.number() }).optional(),
  error: z.object({ reason: z.string() }).optional(),
  plugindata: z.object({ data: z.looseObject({ error: z.string().optional() }) }).optional(),
  jsep: z.object({ sdp: z.string() }).optional(),
});
type Event = z.infer<typeof Event>;

/** One session of Janus's HTTP API with any number of handles; one long poll hears for all of them. */
export class JanusSession {
  private readonly stopping = new AbortController();
  private readonly waiting: { matches: (event: Event) => boolean; take: (event: Event) => void }[] = [];

  private constructor(private readonly url: string) {}

  /** @param url of the API, e.g. `http://127.0.0.1:8088/janus`. @throws {Error} when Janus is not there. */
  static async create(url: string): Promise<JanusSession> {
    const { data } = await post(url, { janus: 'create' });
    if (!data) throw new Error('Janus made no session');
    const session = new JanusSession(`${url}/${data.id}`);
    void session.listen();
    return session;
  }

  async attach(plugin: string): Promise<number> {
    const { data } = await post(this.url, { janus: 'attach', plugin });
    if (!data) throw new Error('Janus made no handle');
    return data.id;
  }

  /** Sends an offer with a message to the plugin. @returns the answer's SDP. @throws {Error} what the plugin refused. */
  async message(handle: number, body: object, sdp: string): Promise<string> {
    const answered = this.wait((event) => event.sender === handle && event.plugindata !== undefined);
    await post(`${this.url}/${handle}`, { janus: 'message', body, jsep: { type: 'offer', sdp } });
    const { plugindata, jsep } = await answered;
    if (!jsep) throw new Error(`Janus: ${plugindata?.data.error ?? 'no answer to the offer'}`);
    return jsep.sdp;
  }

  /** Resolves when Janus says something of a handle. */
  async event(handle: number, name: string): Promise<void> {
    await this.wait((event) => event.sender === handle && event.janus === name);
  }

  async detach(handle: number): Promise<void> {
    await post(`${this.url}/${handle}`, { janus: 'detach' });
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await post(this.url, { janus: 'destroy' });
  }

  private wait(matches: (event: Event) => boolean): Promise<Event> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('Janus did not say in time what was waited for')), patienceMs);
      const take = (event: Event): void => {
        clearTimeout(timer);
        resolve(event);
      };
      this.waiting.push({ matches, take });
    });
  }

  private async listen(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const events = await fetch(`${this.url}?maxev=${mostEvents}`, { signal })
        .then((answer) => answer.json())
        .then((body) => z.array(Event).parse(Array.isArray(body) ? body : [body]))
        .catch((error: unknown) => {
          if (!signal.aborted) console.error('Janus’s events:', error);
          this.stopping.abort();
          return [];
        });
      for (const event of events) {
        const at = this.waiting.findIndex(({ matches }) => matches(event));
        if (at >= 0) this.waiting.splice(at, 1)[0]?.take(event);
      }
    }
  }
}

async function post(url: string, body: object): Promise<Event> {
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ ...body, transaction: randomUUID() }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const event = Event.parse(await answer.json());
  if (event.error) throw new Error(`Janus: ${event.error.reason}`);
  return event;
}
