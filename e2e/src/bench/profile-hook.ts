import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

/**
 * Loaded into the server's process by `--import`: SIGUSR2 starts V8's profiler, and a second one writes the profile to
 * VIGIL_BENCH_PROFILE. So only the steady part of a run is in it.
 */
const file = process.env['VIGIL_BENCH_PROFILE'];
let session: Session | undefined;

if (file)
  process.on('SIGUSR2', () => {
    if (session) {
      session.post('Profiler.stop', (_error, { profile }) => writeFileSync(file, JSON.stringify(profile)));
      session = undefined;
      return;
    }
    session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: 500 });
    session.post('Profiler.start');
  });
