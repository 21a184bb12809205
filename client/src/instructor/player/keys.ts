/** What a key asks the player for. */
export type Command =
  | 'toggle'
  | 'faster'
  | 'slower-or-back'
  | 'pause'
  | 'back-5'
  | 'forward-5'
  | 'back-1'
  | 'forward-1'
  | 'previous-finding'
  | 'next-finding'
  | 'mute'
  | 'skip-quiet'
  | 'copy-link'
  | 'explained'
  | 'false'
  | 'real'
  | 'undo'
  | 'note'
  | 'help';

/** Those that are not about the player. */
export type ReviewCommand = Extract<Command, 'explained' | 'false' | 'real' | 'undo' | 'note' | 'copy-link'>;

/** Keys as `KeyboardEvent.key`, in lower case; with `shift+` where the shift key is held. */
const commands: Readonly<Record<string, Command>> = {
  ' ': 'toggle',
  k: 'pause',
  j: 'slower-or-back',
  l: 'faster',
  arrowleft: 'back-5',
  arrowright: 'forward-5',
  'shift+arrowleft': 'back-1',
  'shift+arrowright': 'forward-1',
  arrowup: 'previous-finding',
  arrowdown: 'next-finding',
  m: 'mute',
  s: 'skip-quiet',
  c: 'copy-link',
  e: 'explained',
  f: 'false',
  r: 'real',
  u: 'undo',
  n: 'note',
  '?': 'help',
  'shift+?': 'help',
};

/** The keys in words, for the help. */
export const keyHelp: readonly (readonly [keys: string, what: string])[] = [
  ['Space', 'Play or pause'],
  ['J', 'Slower; at normal speed: 10 seconds back'],
  ['K', 'Pause'],
  ['L', 'Play; again: faster'],
  ['← →', '5 seconds back or forward'],
  ['Shift ← →', '1 second back or forward'],
  ['↑ ↓', 'Previous or next finding'],
  ['M', 'Sound on or off'],
  ['S', 'Skip quiet parts, or not'],
  ['C', 'Copy a link to this moment'],
  ['E', 'The finding that plays is explained'],
  ['F', 'It is a false finding'],
  ['R', 'It is real'],
  ['U', 'Undo what is said of it'],
  ['N', 'Add a note here'],
  ['?', 'This help'],
];

/**
 * What has the keyboard: a field that is typed in, a slider with its own arrow keys, or something that the space bar presses.
 * What was only clicked does not count: who clicks on “Mute” and then presses the space bar wants to pause.
 */
export type Focus = 'typing' | 'slider' | 'pressable' | 'other';

/** The command of a key, or nothing when it belongs to the browser or to what has the keyboard. */
export function commandOf(
  event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>,
  focus: Focus,
): Command | undefined {
  if (focus === 'typing' || event.ctrlKey || event.altKey || event.metaKey) return undefined;
  if (focus === 'pressable' && event.key === ' ') return undefined;
  if (focus === 'slider' && event.key.startsWith('Arrow')) return undefined;
  return commands[`${event.shiftKey ? 'shift+' : ''}${event.key.toLowerCase()}`];
}
