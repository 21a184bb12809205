import { expect, test } from 'vitest';
import { commandOf } from './keys.js';

const key = (name: string, held: Partial<Record<'shiftKey' | 'ctrlKey', boolean>> = {}): Parameters<typeof commandOf>[0] => ({
  key: name,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...held,
});

test('keys are commands, in upper case too', () => {
  expect(commandOf(key(' '), 'other')).toBe('toggle');
  expect(commandOf(key('L'), 'other')).toBe('faster');
  expect(commandOf(key('e'), 'other')).toBe('explained');
  expect(commandOf(key('n'), 'typing')).toBeUndefined();
  expect([commandOf(key('s'), 'other'), commandOf(key('c'), 'other')]).toEqual(['skip-quiet', 'copy-link']);
  expect(commandOf(key('c', { ctrlKey: true }), 'other')).toBeUndefined();
  expect(commandOf(key('ArrowLeft', { shiftKey: true }), 'pressable')).toBe('back-1');
  expect(commandOf(key('?', { shiftKey: true }), 'other')).toBe('help');
});

test('typing, the browser’s own shortcuts and pressing a button stay what they are', () => {
  expect(commandOf(key('l'), 'typing')).toBeUndefined();
  expect(commandOf(key('l', { ctrlKey: true }), 'other')).toBeUndefined();
  expect(commandOf(key(' '), 'pressable')).toBeUndefined();
  expect(commandOf(key('ArrowLeft'), 'slider')).toBeUndefined();
  expect(commandOf(key(' '), 'slider')).toBe('toggle');
  expect(commandOf(key('x'), 'other')).toBeUndefined();
});
