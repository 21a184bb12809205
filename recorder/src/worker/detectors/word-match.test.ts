import { describe, expect, it } from 'vitest';
import { textOf, wordIn } from './word-match.js';

const found = (entry: string, text: string) => wordIn(entry)(textOf(text));

describe('a word of the rules', () => {
  it.each([
    ['ChatGPT', 'Ask CHATGPT, anything'],
    ['chatgpt.com', 'https://chatgpt.com/c/6718aa'],
    ['https://www.chatgpt.com/', 'chatgpt.com'],
    ['Google Translate', 'Google\nTranslate'],
    ['C++', 'a book about C'],
    ['café', 'CAFE'],
    ['AI', 'Ask AI.'],
  ])('%s is read in “%s”', (entry, text) => expect(found(entry, text)).toBe('exact'));

  it.each([
    ['chatgpt.com', 'chatgptcom/c/1'],
    ['ChatGPT', 'Chat GPT 4'],
    ['Copilot', 'Cop1lot'],
    ['Copilot', 'Co-\npilot'],
    ['Wolfram Alpha', 'Wolfram A1pha'],
    ['modem settings', 'modern settings'],
    ['WhatsApp', 'WhatsAop'],
    ['stackoverflow.com', 'https://stackoverfiow.com/questions'],
    ['translate.google.com', 'transiate.google.com'],
  ])('%s is read in “%s”, mistaken or parted', (entry, text) => expect(found(entry, text)).toBe('alike'));

  it.each([
    ['ai', 'He said that it rained again'],
    ['ai', 'et al 2019'],
    ['AI', 'A I'],
    ['Translate', 'It was translated from Greek'],
    ['Translate', 'the translator'],
    ['Discord', 'They discard the rest'],
    ['Claude', 'a clause of the contract'],
    ['Notion', 'notions of order'],
    ['Google Docs', 'Google does not'],
    ['chatgpt.com', 'chatgpt'],
    ['a.*b', 'axxb'],
    ['...', 'anything'],
  ])('%s is not read in “%s”', (entry, text) => expect(found(entry, text)).toBeUndefined());
});
