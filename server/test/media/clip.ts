import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';

/** RTP that ffmpeg makes in real time: a moving test picture (VP8, 10 a second, a key frame each second) and a tone (Opus). */
export interface Clip {
  onVideo: (listener: (packet: Buffer) => void) => void;
  onAudio: (listener: (packet: Buffer) => void) => void;
  close: () => Promise<void>;
}

async function udp(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, port: socket.address().port };
}

/** Starts the clip; it ends after `seconds` at the latest. */
export async function startClip(seconds = 60): Promise<Clip> {
  const [video, audio, rtcp] = await Promise.all([udp(), udp(), udp()]);
  const address = (port: number) => `rtp://127.0.0.1:${port}?rtcpport=${rtcp.port}`;
  const ffmpeg = spawn(
    'ffmpeg',
    [
      ...['-nostdin', '-loglevel', 'error', '-re', '-t', `${seconds}`],
      ...['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=10', '-re', '-t', `${seconds}`, '-f', 'lavfi', '-i', 'sine'],
      ...['-map', '0', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '150k', '-g', '10'],
      ...['-payload_type', '96', '-f', 'rtp', address(video.port)],
      ...['-map', '1', '-c:a', 'libopus', '-b:a', '24k', '-payload_type', '97', '-f', 'rtp', address(audio.port)],
    ],
    { stdio: 'ignore' },
  );
  return {
    onVideo: (listener) => video.socket.on('message', listener),
    onAudio: (listener) => audio.socket.on('message', listener),
    close: async () => {
      if (ffmpeg.exitCode === null && ffmpeg.signalCode === null) {
        ffmpeg.kill('SIGKILL');
        await once(ffmpeg, 'exit');
      }
      for (const { socket } of [video, audio, rtcp]) socket.close();
    },
  };
}
