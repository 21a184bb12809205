import type { types } from 'mediasoup';
import { VigilError } from '@vigil/protocol';
import { z } from 'zod';

/**
 * What a browser says of its RTP and DTLS, before mediasoup sees it. mediasoup checks only part of it, and one odd number
 * (`maxBitrate: 1.5`) that throws while a request is being written leaves the worker's one FlatBuffers builder open: from
 * then on every request of every student fails. So all that is written there is checked here, and the rest is dropped.
 */
const uint = (max: number) => z.number().int().min(0).max(max);
const ssrc = uint(0xffff_ffff);
const short = z.string().max(255);
const int32 = z.number().int().min(-0x8000_0000).max(0x7fff_ffff);

const Codec = z.object({
  mimeType: z.string().max(64),
  payloadType: uint(127),
  clockRate: uint(1_000_000),
  channels: z.number().int().min(1).max(8).optional(),
  parameters: z.record(z.string().max(64), z.union([short, int32, z.boolean()])).optional(),
  rtcpFeedback: z
    .array(z.object({ type: z.string().max(32), parameter: z.string().max(32).optional() }))
    .max(10)
    .optional(),
});

/** One encoding, so never simulcast. Scalability and bitrates are the browser's own business: they are not passed on. */
const Encoding = z.object({
  ssrc: ssrc.optional(),
  rtx: z.object({ ssrc }).optional(),
  dtx: z.boolean().optional(),
});

const Rtp = z.object({
  mid: z.string().min(1).max(8).optional(),
  codecs: z
    .array(Codec)
    .max(4)
    .refine(
      (codecs) => codecs.filter(({ mimeType }) => !mimeType.toLowerCase().endsWith('/rtx')).length === 1,
      'one codec for each source',
    ),
  headerExtensions: z
    .array(z.object({ uri: short, id: z.number().int().min(1).max(255), encrypt: z.boolean().optional() }))
    .max(20)
    .optional(),
  encodings: z.array(Encoding).length(1),
  rtcp: z.object({ cname: short.optional(), reducedSize: z.boolean().optional() }).optional(),
});

/** RFC 8122; the weak hashes are not taken. */
const Dtls = z.object({
  role: z.enum(['auto', 'client', 'server']).optional(),
  fingerprints: z
    .array(
      z.object({
        algorithm: z.enum(['sha-256', 'sha-384', 'sha-512']),
        value: z.string().max(200).regex(/^[0-9a-f]{2}(:[0-9a-f]{2})+$/i),
      }),
    )
    .min(1)
    .max(8),
});

function parse<T extends z.ZodType>(schema: T, input: unknown): z.infer<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new VigilError('badInput', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
}

/** RTP parameters that are safe to hand to mediasoup. @throws {VigilError} badInput. */
export const parseRtpParameters = (input: unknown): types.RtpParameters => parse(Rtp, input) as types.RtpParameters;

/** DTLS parameters that are safe to hand to mediasoup. @throws {VigilError} badInput. */
export const parseDtlsParameters = (input: unknown): types.DtlsParameters => parse(Dtls, input) as types.DtlsParameters;
