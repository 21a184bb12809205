import { AttemptTimeline, CourseSummary, ExamDetail, NewAttemptAnswer } from '@vigil/protocol';
import type { Product } from './product.js';

/** The instructor's part of the HTTP contract, for what a test needs before or beside a browser. */
export class InstructorApi {
  private constructor(
    private readonly url: string,
    private readonly cookie: string,
  ) {}

  /** @throws {Error} when the server refuses. */
  static async signIn({ url, instructor: { email, password } }: Product): Promise<InstructorApi> {
    const answer = await fetch(new URL('/api/session', url), {
      method: 'POST',
      headers: { origin: url, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0];
    if (!answer.ok || !cookie) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`);
    return new InstructorApi(url, cookie);
  }

  private async request(path: string, body?: object): Promise<unknown> {
    const answer = await fetch(new URL(path, this.url), {
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

  async newAttempt(name: string): Promise<NewAttemptAnswer> {
    const { id } = await this.exam();
    return NewAttemptAnswer.parse(await this.request(`/api/exams/${id}/attempts`, { name }));
  }

  async timeline(attempt: string): Promise<AttemptTimeline> {
    return AttemptTimeline.parse(await this.request(`/api/attempts/${attempt}`));
  }
}
