/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import { Source, GapCause, Sidecar, Track, VideoCodec, AnalysisState, segmentId } from '@vigil/protocol';
import type { Gap, SegmentDocument } from '@vigil/protocol';
import { Schema, model } from 'mongoose';
import { trusted } from './mongoose.js';

const gap = new Schema<Gap>(
  {
    source: { type: String, enum: Source.options, required: true },
    startMs: { type: Number, required: true },
    endMs: { type: Number, required: true },
    cause: { type: String, enum: GapCause.options, required: true },
  },
  { _id: false },
);

const schema = new Schema<SegmentDocument>(
  {
    _id: { type: String, required: true },
    version: { type: Number, required: true },
    attempt: { type: String, required: true },
    track: { type: String, enum: Track.options, required: true },
    epoch: { type: Number, required: true },
    sequence: { type: Number, required: true },
    startMs: { type: Number, required: true },
    durationMs: { type: Number, required: true },
    video: {
      type: new Schema(
        { codec: { type: String, enum: VideoCodec.options }, width: Number, height: Number, frames: Number },
        { _id: false },
      ),
    },
    audio: { type: new Schema({ codec: String, frames: Number }, { _id: false }) },
    bytes: { type: Number, required: true },
    sha256: { type: String, required: true },
    gaps: { type: [gap], required: true },
    closedBy: { type: String, enum: Sidecar.shape.closedBy.options, required: true },
    backfill: { type: new Schema({ piece: String, clockErrorMs: Number }, { _id: false }) },
    analysis: {
      _id: false,
      state: { type: String, enum: AnalysisState.options, required: true },
      tries: { type: Number, required: true },
      lease: String,
      availableAt: { type: Date, required: true },
      error: String,
      doneAt: Date,
    },
  },
  { versionKey: false },
);
schema.index({ attempt: 1, track: 1, startMs: 1 });
schema.index({ 'analysis.state': 1, 'analysis.availableAt': 1 });

/** The collection `segments`. After the insert, `analysis` belongs to the recorder worker. */
export const Segments = model('Segment', schema, 'segments');

/**
 * Puts a durable segment into the index, waiting to be analysed. Doing it again changes nothing, unless the file itself
 * is another than the indexed one: then the new facts replace the old and it waits to be analysed again.
 * @returns whether the index changed.
 */
export async function indexSegment(sidecar: Sidecar, now: number): Promise<boolean> {
  const _id = segmentId(sidecar);
  const analysis = { state: 'pending' as const, tries: 0, availableAt: new Date(now) };
  const result = await Segments.updateOne({ _id }, { $setOnInsert: { ...sidecar, analysis } }, { upsert: true });
  if (result.upsertedCount > 0) return true;
  const replaced = await Segments.replaceOne(
    { _id, sha256: trusted({ $ne: sidecar.sha256 }) },
    { ...sidecar, _id, analysis },
  );
  return replaced.modifiedCount > 0;
}

/** The segment with this id. */
export const segmentById = (id: string): Promise<SegmentDocument | null> =>
  Segments.findById(id).lean<SegmentDocument>().exec();

/** The ids of an attempt's segments. */
export const segmentIdsOf = async (attempt: string): Promise<Set<string>> =>
  new Set((await Segments.find({ attempt }, { _id: 1 }).lean<{ _id: string }[]>().exec()).map(({ _id }) => _id));

/** The segments of some attempts, in order of time. */
export const segmentsOf = (attempts: readonly string[]): Promise<SegmentDocument[]> =>
  Segments.find({ attempt: trusted({ $in: [...attempts] }) })
    .sort({ startMs: 1 })
    .lean<SegmentDocument[]>()
    .exec();

/** What an attempt's later pieces take on the disk, bytes. */
export const laterBytesOf = async (attempt: string): Promise<number> =>
  (await Segments.find({ attempt, closedBy: 'backfill' }, { bytes: 1 }).lean<{ bytes: number }[]>().exec()).reduce((sum, { bytes }) => sum + bytes, 0);

/** What of a segment says how much of an attempt is in the record, and how far its analysis is. */
export interface SegmentOutline extends Pick<SegmentDocument, 'attempt' | 'track' | 'startMs' | 'durationMs' | 'gaps' | 'closedBy'> {
  video?: object;
  audio?: object;
  analysis: Pick<SegmentDocument['analysis'], 'state'>;
}

/**
 * The segments of some attempts, in no order. They can be very many: they come in parts, without the query builder's cost for
 * each, so that other work of the process goes on in between. Unsorted, so that the database need not hold them all either.
 */
export const segmentOutlinesOf = (attempts: readonly string[]): AsyncIterable<SegmentOutline> =>
  Segments.collection.find<SegmentOutline>(
    { attempt: { $in: [...attempts] } },
    {
      projection: { _id: 0, attempt: 1, track: 1, startMs: 1, durationMs: 1, 'video.codec': 1, 'audio.codec': 1, gaps: 1, closedBy: 1, 'analysis.state': 1 },
      batchSize: 1_000,
    },
  );

/** How many segments wait to be analysed, and how many were given up. */
export async function queueLength(): Promise<{ pending: number; dead: number }> {
  const [pending, dead] = await Promise.all([
    Segments.countDocuments({ 'analysis.state': trusted({ $in: ['pending', 'leased'] }) }),
    Segments.countDocuments({ 'analysis.state': 'dead' }),
  ]);
  return { pending, dead };
}
