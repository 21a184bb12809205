/** The loudness of samples between -1 and 1, as 0 (silent) to 1 (loud): root mean square over 60 dB. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  return rms === 0 ? 0 : Math.min(1, Math.max(0, 1 + (20 * Math.log10(rms)) / 60));
}

/** The level of a microphone's track. */
export interface LevelMeter {
  /** 0 to 1 at this moment; undefined while the browser waits for a click before it runs audio. */
  read(): number | undefined;
  close(): void;
}

/**
 * Listens to a track; the track goes on when the meter is closed.
 * The window is longer than the time between two looks (340 ms at 48 kHz), so that no short sound falls between them.
 */
export function openLevelMeter(track: MediaStreamTrack): LevelMeter {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 16_384;
  const samples = new Float32Array(analyser.fftSize);
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  void context.resume();
  return {
    read: () => {
      if (context.state !== 'running') return undefined;
      analyser.getFloatTimeDomainData(samples);
      return loudness(samples);
    },
    close: () => void context.close(),
  };
}
