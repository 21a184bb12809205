/** Why the server cannot start, in a sentence for whoever started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}
