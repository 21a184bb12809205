/**
 * Node's flags for a process that records: packets make much short-lived garbage, which a larger young generation and one thread
 * collect with about a tenth less CPU in all (`npm run bench -- record`, one run each), for about 80 MB more memory.
 */
export const recordingFlags = ['--single-threaded-gc', '--max-semi-space-size=64', '--min-semi-space-size=32'];
