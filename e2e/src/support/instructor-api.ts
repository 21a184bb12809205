import { AttemptTimeline, CourseSummary, ExamDetail, NewAttemptAnswer } from '@vigil/protocol';
import type { APIRequestContext } from '@playwright/test';
import type { Product } from './product.js';

/** Sends a request as `fetch` does. */
type Send = (url: URL, init: { method?: string; headers: Record<string, string>; body?: string }) => Promise<Response>;

/** Requests by a browser's own means: it takes a certificate that is signed by nobody. */
export const sendBy = (request: APIRequestContext): Send => async (url, { method, headers, body }) => {
  const answer = await request.fetch(url.href, { headers, ...(method && { method }), ...(body !== undefined && { data: body }) });
  return new Response(new Uint8Array(await answer.body()), { status: answer.status(), headers: answer.headers() });
};

/** The instructor's part of the HTTP contract, for what a test needs before or beside a browser. */
export class InstructorApi {
  private constructor(
    private readonly url: string,
    private readonly cookie: string,
    private readonly send: Send,
  ) {}

  /** @throws {Error} when the server refuses. */
  static async signIn({ url, instructor: { email, password } }: Pick<Product, 'url' | 'instructor'>, send: Send = fetch): Promise<InstructorApi> {
    const answer = await send(new URL('/api/session', url), {
      method: 'POST',
      headers: { origin: url, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0];
    if (!answer.ok || !cookie) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`);
    return new InstructorApi(url, cookie, send);
  }

  private async request(path: string, body?: object): Promise<unknown> {
    const answer = await this.send(new URL(path, this.url), {
      headers: { cookie: this.cookie, origin: this.url, 'content-type': 'application/json' },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** The first exam: the demo's. */
  async exam(): Promise<ExamDetail> {
    const [course] = CourseSummary.array().parse(await this.request('/api/courses'));
    return ExamDetail.parse(await this.request(`/api/exams/${course!.exams[0]!.id}`));
  }

  async newAttempt(name: string, email = ''): Promise<NewAttemptAnswer> {
    const { id } = await this.exam();
    return NewAttemptAnswer.parse(await this.request(`/api/exams/${id}/attempts`, { name, email }));
  }

  async timeline(attempt: string): Promise<AttemptTimeline> {
    return AttemptTimeline.parse(await this.request(`/api/attempts/${attempt}`));
  }
}
