import { execFileSync } from 'node:child_process';

/** A frame of a file as ffprobe reads it. */
export interface ProbedPacket {
  type: 'video' | 'audio';
  timeMs: number;
  durationMs: number | undefined;
  key: boolean;
}

const run = (program: string, args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] });

/** Demuxes a file with ffprobe. */
export function probe(file: string): ProbedPacket[] {
  const text = run('ffprobe', [
    ...['-v', 'error', '-show_entries', 'packet=codec_type,pts_time,duration_time,flags', '-of', 'json', file],
  ]);
  const { packets } = JSON.parse(text) as {
    packets: { codec_type: 'video' | 'audio'; pts_time: string; duration_time?: string; flags: string }[];
  };
  return packets.map(({ codec_type: type, pts_time, duration_time, flags }) => ({
    type,
    timeMs: Math.round(Number(pts_time) * 1_000),
    durationMs: duration_time === undefined ? undefined : Math.round(Number(duration_time) * 1_000),
    key: flags.startsWith('K'),
  }));
}

/** Decodes every frame of a file. Returns what ffmpeg complains of, which is nothing for a good file, and how many pictures there were. */
export function decode(file: string): { complaints: string; pictures: number } {
  const script = 'ffmpeg -v warning -xerror -i "$0" -map 0 -fps_mode passthrough -f null - 2>&1';
  const complaints = run('sh', ['-c', `${script} || echo failed`, file]).trim();
  const text = run('ffprobe', [
    ...['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', file],
  ]);
  return { complaints, pictures: Number(text.trim() || 0) };
}
