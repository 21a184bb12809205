/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import { Schema, model } from 'mongoose';
import { newId } from './mongoose.js';

/** How a password is kept: scrypt (RFC 7914), everything needed to check it again. */
export interface PasswordHash {
  /** Base64url. */
  salt: string;
  /** Base64url. */
  hash: string;
  /** Cost, block size and parallelism of scrypt. */
  params: { N: number; r: number; p: number };
}

/** A person who signs in. */
export interface UserDocument {
  _id: string;
  /** Lower case; unique. */
  email: string;
  name: string;
  role: 'instructor';
  password: PasswordHash;
  /** Ids of the sign-ins that still hold; signing out takes one away. */
  sessions: string[];
  /** Networks that were signed in from, as keyed hashes, newest last. Missing before the first sign-in. */
  networks?: string[];
}

const schema = new Schema<UserDocument>(
  {
    _id: { type: String, default: newId },
    email: { type: String, required: true, lowercase: true },
    name: { type: String, required: true },
    role: { type: String, enum: ['instructor'], required: true },
    password: {
      _id: false,
      salt: { type: String, required: true },
      hash: { type: String, required: true },
      params: { N: Number, r: Number, p: Number },
    },
    sessions: { type: [String], default: [] },
    networks: { type: [String], default: undefined },
  },
  { versionKey: false },
);
schema.index({ email: 1 }, { unique: true });

/** The collection `users`. */
export const Users = model('User', schema, 'users');

/** The user with this address, in any case of letters. */
export const userByEmail = (email: string): Promise<UserDocument | null> =>
  Users.findOne({ email: email.toLowerCase() }).lean<UserDocument>().exec();

/** The user with this id. */
export const userById = (id: string): Promise<UserDocument | null> => Users.findById(id).lean<UserDocument>().exec();

/** A person has this many sign-ins at most; one more ends the oldest. */
const mostSessions = 20;

/** Networks that are remembered; one more forgets that which was not used for longest. */
const mostNetworks = 20;

/** Remembers a sign-in, and the network that it came from. */
export const addSession = async (user: string, session: string, network: string): Promise<void> => {
  await Users.updateOne({ _id: user }, { $pull: { networks: network } }).exec();
  const newest = { sessions: { $each: [session], $slice: -mostSessions }, networks: { $each: [network], $slice: -mostNetworks } };
  await Users.updateOne({ _id: user }, { $push: newest }).exec();
};

/** Ends a sign-in. Idempotent. */
export const removeSession = async (user: string, session: string): Promise<void> => {
  await Users.updateOne({ _id: user }, { $pull: { sessions: session } }).exec();
};

/** The user with this id, if this sign-in still holds. */
export const userOfSession = (id: string, session: string): Promise<UserDocument | null> =>
  Users.findOne({ _id: id, sessions: session }).lean<UserDocument>().exec();
