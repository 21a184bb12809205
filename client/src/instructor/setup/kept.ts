import type { Draft } from './draft.js';

/** Forms whose page went because the session had ended, until their person signs in again in this tab. */
const kept = new Map<string, Draft>();

/** @param user id of who has typed it. @param name of the form. */
export const keepDraft = (user: string, name: string, draft: Draft): void => {
  kept.set(`${user} ${name}`, draft);
};

/** What was kept of this person's form. It is given once. */
export function takeDraft(user: string, name: string): Draft | undefined {
  const draft = kept.get(`${user} ${name}`);
  kept.delete(`${user} ${name}`);
  return draft;
}
