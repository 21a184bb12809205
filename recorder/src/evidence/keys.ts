import { randomBytes } from 'node:crypto';
import { seal, unseal } from './seal.js';

export interface KeyDocument {
  /** What it seals, e.g. `onboarding/<id>`. */
  _id: string;
  /** The key, sealed by the master key under its `_id`; base64. */
  wrapped: string;
}

/** The collection `keys`, of whichever driver. */
export interface KeyCollection {
  findOne: (filter: { _id: string }) => Promise<KeyDocument | null>;
  insertOne: (document: KeyDocument) => Promise<unknown>;
  deleteOne: (filter: { _id: string }) => Promise<unknown>;
}

/** What seals and unseals one thing's data, under names within it. */
export interface Sealer {
  seal: (name: string, bytes: Uint8Array) => Buffer;
  /** @throws {VigilError} `internal`: another name, or changed bytes. */
  unseal: (name: string, sealed: Uint8Array) => Buffer;
}

/**
 * The keys that seal, one of 32 bytes for each thing that is purged as a whole, wrapped by the master key, in the collection `keys`,
 * apart from the data. To destroy a key is to destroy what it sealed, wherever copies of it are.
 */
export class Keys {
  readonly #all: KeyCollection;
  readonly #master: Uint8Array;

  /** @param master 32 bytes */
  constructor(all: KeyCollection, master: Uint8Array) {
    this.#all = all;
    this.#master = master;
  }

  /** The sealer of a thing; its key is made where there is none. */
  async make(owner: string): Promise<Sealer> {
    const there = await this.find(owner);
    if (there) return there;
    try {
      await this.#all.insertOne({ _id: owner, wrapped: seal(this.#master, owner, randomBytes(32)).toString('base64') });
      // Another process was first.
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 11_000) throw error;
    }
    const made = await this.find(owner);
    if (!made) throw new Error('the key is gone');
    return made;
  }

  /** Undefined: it never was, or it was destroyed. */
  async find(owner: string): Promise<Sealer | undefined> {
    const document = await this.#all.findOne({ _id: owner });
    if (!document) return undefined;
    const key = unseal(this.#master, owner, Buffer.from(document.wrapped, 'base64'));
    const named = (name: string): string => `${owner}/${name}`;
    return { seal: (name, bytes) => seal(key, named(name), bytes), unseal: (name, sealed) => unseal(key, named(name), sealed) };
  }

  async destroy(owner: string): Promise<void> {
    await this.#all.deleteOne({ _id: owner });
  }
}
