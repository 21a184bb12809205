import { z } from 'zod';
import type { Track } from './ids.js';

/** A number; `must` says what it may be, as the end of the sentence “VIGIL_… must be …”. */
const number = (must: string, min: number, max: number) => z.coerce.number(must).min(min, must).max(max, must);
const whole = (min: number, max: number) => {
  const must = `a whole number from ${min} to ${max}`;
  return number(must, min, max).int(must);
};
const between = (min: number, max: number) => number(`a number from ${min} to ${max}`, min, max);
const choice = <const T extends readonly string[]>(options: T) => z.enum(options, options.join(' or '));
const port = whole(0, 65_535);
const flag = choice(['true', 'false']).transform((text) => text === 'true');
const text = z.string().trim();
const optional = <T extends z.ZodType<string>>(schema: T) => z.union([z.literal(''), schema]).default('');

/** One setting: its schema, and what the README's table says of it. */
interface Setting<T extends z.ZodType> {
  schema: T;
  about: string;
}
const setting = <T extends z.ZodType>(schema: T, about: string): Setting<T> => ({ schema, about });

/**
 * Every setting of Vigil, read from the environment. An empty variable counts as not set.
 * The table in the README is made from this list; a test compares them.
 */
export const settings = {
  VIGIL_DATA: setting(text.default('data'), 'Folder for recordings, evidence, the embedded database and the keys.'),
  VIGIL_HOST: setting(text.default('127.0.0.1'), 'Address that HTTP listens on. `0.0.0.0` for all.'),
  VIGIL_PORT: setting(port.default(8080), 'Port for pages, API and signalling. With several media processes they take the ports after it. 0: any free one.'),
  VIGIL_PUBLIC_URL: setting(optional(z.url('an address such as https://vigil.example.edu')), 'Address that browsers use, without a path, e.g. `https://vigil.example.edu`. Default: from host and port.'),
  VIGIL_TLS_CERT: setting(text.default(''), 'PEM file of the certificate chain. With VIGIL_TLS_KEY: serve HTTPS (browsers give no camera over plain HTTP but on localhost).'),
  VIGIL_TLS_KEY: setting(text.default(''), 'PEM file of the private key.'),
  VIGIL_TRUST_PROXY: setting(flag.default(false), '`true` behind a reverse proxy that sets X-Forwarded-For and -Proto.'),
  VIGIL_MEDIA_PROCESSES: setting(whole(1, 64).default(1), 'Media processes, one per core. 1: media runs in the server’s own process.'),
  VIGIL_MEDIA_IP: setting(text.default('127.0.0.1'), 'Address that WebRTC (UDP and TCP) listens on.'),
  VIGIL_MEDIA_ANNOUNCED: setting(text.default(''), 'Address told to browsers, where it differs from VIGIL_MEDIA_IP (NAT).'),
  VIGIL_MEDIA_PORT: setting(port.default(44_000), 'First WebRTC port, UDP and TCP; one per media process. 0: any free one.'),
  VIGIL_TURN_URLS: setting(text.default(''), 'TURN servers, separated by commas, e.g. `turn:turn.example.edu:3478?transport=tcp`.'),
  VIGIL_TURN_USER: setting(text.default(''), 'User name for TURN.'),
  VIGIL_TURN_PASSWORD: setting(text.default(''), 'Password for TURN.'),
  MONGODB_URI: setting(text.default(''), 'MongoDB to use. Default: `mongod` if it is on PATH, else the embedded server; both keep their data in VIGIL_DATA.'),
  MEDIASOUP_WORKER_BIN: setting(text.default(''), 'The mediasoup worker’s binary. Default: the one that set-up fetched or built.'),
  VIGIL_SECRET: setting(optional(text.min(32, '32 characters or more')), 'At least 32 characters; signs links and sessions. Default: made at the first start, kept in VIGIL_DATA/keys.'),
  VIGIL_MASTER_KEY: setting(optional(z.base64('44 characters or more').min(44, '44 characters or more')), '32 bytes, base64; wraps the keys that seal. Default: made at the first start, kept in VIGIL_DATA/keys.'),
  VIGIL_ONBOARDING_SCOPE: setting(choice(['institution', 'course']).default('institution'), 'Whether an onboarding holds for all courses, or for one course only.'),
  VIGIL_ONBOARDING_DAYS: setting(between(0.01, 3_650).default(365), 'Days for which an onboarding is valid; then all of it is deleted.'),
  VIGIL_LINK_DAYS: setting(between(0.01, 400).default(14), 'Days until a student’s link expires. After an exam it still shows the student their own attempt, as long as it is kept.'),
  VIGIL_INSTITUTION: setting(text.default(''), 'Name shown to students. Default: none.'),
  VIGIL_CONTACT: setting(text.default('your instructor'), 'Whom students ask about their data.'),
  VIGIL_WEBCAM_SEGMENT_SECONDS: setting(between(2, 120).default(20), 'Length of webcam and microphone segments.'),
  VIGIL_SCREEN_SEGMENT_SECONDS: setting(between(2, 300).default(60), 'Length of screen segments.'),
  VIGIL_UPLINK_KBPS: setting(whole(60, 2_000).default(400), 'Most that one student’s recording may send at a time, kbit/s: the exam’s own traffic comes first.'),
  VIGIL_LOW_DATA: setting(flag.default(false), '`true`: students send as little as a useful record needs, from the start; for mobile or metered lines.'),
  VIGIL_BACKFILL_HOURS: setting(between(0, 2_000).default(72), 'Hours after an attempt’s end in which what the student’s browser kept can still be sent.'),
  VIGIL_WORKERS: setting(whole(0, 64).default(1), 'Recorder worker processes that `npm start` runs.'),
  VIGIL_LEASE_SECONDS: setting(between(1, 3_600).default(60), 'How long a recorder worker may keep a segment without a sign of life.'),
  VIGIL_LOG: setting(choice(['debug', 'info', 'warn', 'error']).default('info'), 'How much is logged.'),
} as const;

export type SettingName = keyof typeof settings;
export type Config = { readonly [K in SettingName]: z.infer<(typeof settings)[K]['schema']> };

/** Thrown by `readConfig`; the message names each wrong variable and what it may be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings from an environment such as `process.env`.
 * @throws {ConfigError} when a value cannot be used; every wrong one is named, a secret's value is not shown.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const wrong: string[] = [];
  const entries = Object.entries(settings).map(([name, { schema, about }]) => {
    const value = environment[name];
    const result = schema.safeParse(value === '' ? undefined : value);
    if (!result.success) {
      const must = result.error.issues[0]?.message ?? 'something else';
      const instead = /SECRET|PASSWORD/.test(name) ? '' : `, not “${value ?? ''}”`;
      wrong.push(`${name} must be ${must}${instead}. ${about}`);
    }
    return [name, result.data] as const;
  });
  const config = Object.fromEntries(entries) as Config;
  if (!wrong.length && Boolean(config.VIGIL_TLS_CERT) !== Boolean(config.VIGIL_TLS_KEY))
    wrong.push('VIGIL_TLS_CERT and VIGIL_TLS_KEY go together: set both or none.');
  if (wrong.length) throw new ConfigError(`Please correct the configuration:\n  ${wrong.join('\n  ')}`);
  return config;
}

/** Length after which a live segment is cut, by track, ms. */
export const segmentMsOf = (config: Pick<Config, 'VIGIL_WEBCAM_SEGMENT_SECONDS' | 'VIGIL_SCREEN_SEGMENT_SECONDS'>): Record<Track, number> => ({
  webcam: config.VIGIL_WEBCAM_SEGMENT_SECONDS * 1_000,
  screen: config.VIGIL_SCREEN_SEGMENT_SECONDS * 1_000,
});
