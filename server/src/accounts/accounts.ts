import { createHmac, randomUUID } from 'node:crypto';
import type { Account } from '@vigil/protocol';
import { VigilError } from '@vigil/protocol';
import type { UserDocument } from '../store/index.js';
import { addSession, removeSession, userByEmail, userOfSession } from '../store/index.js';
import { readToken, signToken } from '../tokens/tokens.js';
import { networkOf } from './client-network.js';
import { passwordMatches } from './passwords.js';
import { RateLimiter } from './rate-limit.js';

/** How long a sign-in lasts, ms: a working day. */
export const sessionMs = 12 * 3_600_000;

/** What a user may know of an account. */
export const accountOf = ({ _id, name, email, role }: UserDocument): Account => ({ id: _id, name, email, role });

/** Signing in, and knowing who is signed in. */
export class Accounts {
  readonly #secret: string;
  readonly #now: () => number;
  /** One network guessing at many accounts. */
  readonly #byNetwork: RateLimiter;
  /** Many networks guessing at one account. Its owner, where it was signed in to before, is not kept out by it. */
  readonly #byAccount: RateLimiter;

  constructor(secret: string, now: () => number) {
    this.#secret = secret;
    this.#now = now;
    this.#byNetwork = new RateLimiter({ tries: 10, windowMs: 60_000 }, now);
    this.#byAccount = new RateLimiter({ tries: 30, windowMs: 60_000 }, now);
  }

  /**
   * Checks e-mail and password. Only failures count towards the limits.
   * @throws {VigilError} `wrongPassword`, alike for an unknown address, or `tooMany`.
   */
  async signIn(email: string, password: string, address: string): Promise<{ user: UserDocument; token: string }> {
    const account = email.toLowerCase();
    const client = networkOf(address);
    if (!this.#byNetwork.take(client)) throw new VigilError('tooMany');
    const user = await userByEmail(account);
    const network = this.#keptFormOf(client);
    const isKnown = user?.networks?.includes(network) === true;
    if (!isKnown && !this.#byAccount.take(account)) throw new VigilError('tooMany');
    const giveBack = (): void => {
      this.#byNetwork.giveBack(client);
      if (!isKnown) this.#byAccount.giveBack(account);
    };
    const matches = await passwordMatches(password, user?.password, client).catch((error: unknown) => {
      // It was not checked: no guess.
      giveBack();
      throw error;
    });
    if (!matches || !user) throw new VigilError('wrongPassword');
    giveBack();
    const now = this.#now();
    const session = randomUUID();
    await addSession(user._id, session, network);
    const token = signToken(this.#secret, 'instructor', { subject: user._id, session, expiresAtMs: now + sessionMs }, now);
    return { user, token };
  }

  /** A network as it is kept: whether one is the same can be told, which one it was cannot. */
  #keptFormOf(network: string): string {
    return createHmac('sha256', this.#secret).update(`network ${network}`).digest('base64url').slice(0, 22);
  }

  /** Ends the sign-in that a token stands for: from now on the token is worth nothing, wherever a copy of it is. */
  async signOut(token: string | undefined): Promise<void> {
    const content = this.#read(token);
    if (content) await removeSession(content.subject, content.session);
  }

  /**
   * The user whose session this is. The role comes from the database, never from the token.
   * @throws {VigilError} `notSignedIn`.
   */
  async userOf(token: string | undefined): Promise<UserDocument> {
    const content = this.#read(token);
    const user = content && (await userOfSession(content.subject, content.session));
    if (!user) throw new VigilError('notSignedIn');
    return user;
  }

  #read(token: string | undefined): { subject: string; session: string } | undefined {
    const content = token === undefined ? undefined : readToken(this.#secret, 'instructor', token);
    if (content?.session === undefined || content.expiresAtMs <= this.#now()) return undefined;
    return { subject: content.subject, session: content.session };
  }
}
