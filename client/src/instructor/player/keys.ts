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
  | 'help';

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
  ['?', 'This help'],
];

/** The command of a key, or nothing when it belongs to the browser or to a field that is being typed in. */
export function commandOf(
  event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>,
  focus: 'typing' | 'button' | 'other',
): Command | undefined {
  if (focus === 'typing' || event.ctrlKey || event.altKey || event.metaKey) return undefined;
  // On a button the space bar presses the button.
  if (focus === 'button' && event.key === ' ') return undefined;
  return commands[`${event.shiftKey ? 'shift+' : ''}${event.key.toLowerCase()}`];
}
