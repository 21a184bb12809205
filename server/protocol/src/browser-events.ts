import { z } from 'zod';
import { Source } from './ids.js';

/** Most characters of a device's name. Longer ones are cut by the page. */
export const mostLabel = 120;
/** Most events in one request. */
export const mostEvents = 100;

/** A name as a device gives it: no control or invisible characters, which could make a person read something else. */
const Label = z.string().max(mostLabel).regex(/^\P{C}*$/u);
const characters = z.number().int().min(0).max(1_000_000_000).optional();

const event = <K extends string, T extends z.ZodRawShape>(kind: K, shape: T) =>
  z.object({
    /** Made by the page: the same event sent again changes nothing. */
    id: z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    /** Server wall clock by the page's estimate, ms since 1970. */
    atMs: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
    kind: z.literal(kind),
    ...shape,
  });

/**
 * What the student's page notices of its browser during the exam: facts, of which the recorder worker's judging makes findings.
 * Those with `on` are states: told when the page is opened and whenever they change. Never the content of anything.
 *
 * A browser can be made to say anything, or nothing: events are hints, and that there is none proves nothing.
 */
export const BrowserEvent = z.discriminatedUnion('kind', [
  /** Vigil's page is hidden or has lost the focus. Only where the exam is inside of it (`exam.embed`); elsewhere being away is normal. */
  event('page-left', { on: z.boolean() }),
  /** Nothing of the page fills the display. Only where the exam's rules ask for that. */
  event('fullscreen-left', { on: z.boolean() }),
  /** Copied or cut on Vigil's own page, and how much; in a page of another site inside of it this cannot be seen. */
  event('copy', { characters }),
  /** The same for what is pasted. */
  event('paste', { characters }),
  /** The desktop reaches over more than one monitor, where the browser tells that. */
  event('second-monitor', { on: z.boolean() }),
  /** The camera in use. */
  event('camera', { label: Label }),
  /** What is shared: `displaySurface` (W3C Screen Capture, 5.2). */
  event('surface', { surface: z.enum(['monitor', 'window', 'browser']) }),
  /** A camera or microphone was plugged in (`on`) or out. */
  event('device', { device: Source.exclude(['screen']), label: Label, on: z.boolean() }),
  /** Keys that open the developer tools, or a page that shrank in a window that did not. */
  event('developer-tools', { by: z.enum(['keys', 'size']) }),
]);
export type BrowserEvent = z.infer<typeof BrowserEvent>;

/**
 * A document of the collection `browserEvents`, written once by the server. Only the recorder worker takes `open` away, when it
 * has seen to it that the attempt is judged with this event.
 */
export interface BrowserEventDocument {
  /** `<attempt>-<the event's id>` */
  _id: string;
  attempt: string;
  atMs: number;
  event: BrowserEvent;
  open?: true;
}
