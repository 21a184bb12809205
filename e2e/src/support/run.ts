import { spawn } from 'node:child_process';

/**
 * Runs a program to its end and gives what it wrote; `input` goes to its standard input.
 * @throws {Error} with the program's last words when it fails, or does not end within `timeoutMs`.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: { input?: Uint8Array; timeoutMs?: number } = {},
): Promise<{ stdout: Buffer; stderr: string }> {
  const child = spawn(command, args, { stdio: 'pipe', timeout: options.timeoutMs ?? 120_000, killSignal: 'SIGKILL' });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that stops reading early closes the pipe; its exit status says whether that was right.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...ended) => resolve(ended));
  });
  const words = Buffer.concat(stderr).toString();
  if (code !== 0) throw new Error(`${command} ended with ${signal ?? String(code)}: ${words.slice(-1_000)}`);
  return { stdout: Buffer.concat(stdout), stderr: words };
}
