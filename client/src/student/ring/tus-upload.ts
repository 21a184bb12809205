import { VigilError } from '@vigil/protocol/errors';
import type { DetailedError, FileReader, HttpRequest, HttpStack } from 'tus-js-client';
import { toError } from '../session/api.js';
import type { SendGate } from './send-gate.js';
import type { UploadEnd } from './sender.js';

/** Most that one request carries, bytes: what a break of the line costs at most. */
const chunkBytes = 64_000;
/** Under a limit a request carries what may be sent in this time, ms, so that the line is free in between. */
const chunkMs = 1_000;
const leastChunkBytes = 16_000;
/** A request that moves nothing for so long is given up, ms. */
const stalledMs = 30_000;
const retryDelays = [0, 1_000, 3_000, 5_000];

/** What an upload needs besides the piece. */
export interface TusParts {
  /** Absolute address of `/api/student/backfill`. */
  endpoint: string;
  /** Of the student's link. */
  token: string;
  gate: SendGate;
  /** Remembers where the upload goes on, also after the page was closed; undefined forgets it. */
  remember: (url: string | undefined) => Promise<void>;
  /** The browser's own requests by default. */
  httpStack?: HttpStack;
}

/** Reads parts of a blob; tus-js-client's own reader depends on where it runs. */
const blobReader: FileReader = {
  openFile: (blob: Blob) =>
    Promise.resolve({
      size: blob.size,
      slice: (start, end) => Promise.resolve({ value: blob.slice(start, end), done: end >= blob.size }),
      close: () => undefined,
    }),
};

/**
 * Uploads a piece (tus 1.0.0 with creation), or goes on where an earlier try was interrupted.
 * @param url of that try. @param progress bytes that the server has.
 */
export async function tusUpload(name: string, blob: Blob, url: string | undefined, parts: TusParts, progress: (bytes: number) => void): Promise<UploadEnd> {
  const { Upload } = await import('tus-js-client');
  const { maxBitrate } = parts.gate.limit;
  const chunkSize = maxBitrate === null ? chunkBytes : Math.min(chunkBytes, Math.max(leastChunkBytes, (maxBitrate / 8_000) * chunkMs));
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (how: UploadEnd): void => {
      clearTimeout(timer);
      resolve(how);
    };
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        upload.abort().catch(() => undefined);
        end({ how: 'failed' });
      }, stalledMs);
    };
    const upload = new Upload(blob as File, {
      endpoint: parts.endpoint,
      ...(url !== undefined && { uploadUrl: url }),
      metadata: { piece: name },
      headers: { authorization: `Bearer ${parts.token}` },
      chunkSize,
      retryDelays,
      uploadDataDuringCreation: true,
      storeFingerprintForResuming: false,
      fileReader: blobReader,
      ...(parts.httpStack && { httpStack: parts.httpStack }),
      onBeforeRequest: async (request) => {
        clearTimeout(timer);
        await parts.gate.pass(carried(request, blob.size, chunkSize));
        watch();
      },
      onProgress: (bytes) => {
        watch();
        progress(bytes);
      },
      onUploadUrlAvailable: () => {
        // Without it the upload only begins anew after a reload.
        if (upload.url && upload.url !== url) parts.remember(upload.url).catch(() => undefined);
      },
      onSuccess: ({ lastResponse }) => {
        if (lastResponse.getHeader('Vigil-Piece')) end({ how: 'received' });
        // All bytes are there, but not the word that the record has them: the next time it is asked for anew.
        else void parts.remember(undefined).then(() => end({ how: 'unsure' }), () => end({ how: 'unsure' }));
      },
      onError: (error) => {
        const refusal = refusalIn(error);
        end(refusal ? { how: 'refused', error: refusal } : { how: 'failed' });
      },
    });
    upload.start();
  });
}

/** Bytes of the piece in a request's body. */
function carried(request: HttpRequest, size: number, chunkSize: number): number {
  if (request.getMethod() === 'HEAD') return 0;
  return Math.min(chunkSize, size - Number(request.getHeader('Upload-Offset') ?? 0));
}

/** What the server said; undefined when it was not Vigil that answered. */
function refusalIn(error: Error | DetailedError): VigilError | undefined {
  const response = 'originalResponse' in error ? error.originalResponse : null;
  if (!response) return undefined;
  try {
    const refusal = toError(JSON.parse(response.getBody()));
    return refusal instanceof VigilError ? refusal : undefined;
  } catch {
    return undefined;
  }
}
