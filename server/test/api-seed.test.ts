import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seedDemo } from '../src/seed/demo.js';
import { closeDatabase, connectDatabase, Courses, Exams, userByEmail, Users } from '../src/store/index.js';
import { mongoose } from '../src/store/mongoose.js';
import { ownDatabase, secret } from './api-support.js';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'vigil-seed-'));
  await connectDatabase(ownDatabase());
});
afterEach(async () => {
  vi.restoreAllMocks();
  await mongoose.connection.dropDatabase();
  await closeDatabase();
  await rm(data, { recursive: true, force: true });
});

const seed = () => seedDemo({ data, secret, publicUrl: 'http://vigil.example', linkDays: 14, now: Date.now });

describe('a start that is killed in the middle of the demo is made good by the next', () => {
  it.each(['courses', 'exams', 'users'] as const)('before it has written to %s', async (name) => {
    const model = { users: Users, courses: Courses, exams: Exams }[name];
    vi.spyOn(model, 'create').mockRejectedValueOnce(new Error('killed'));
    await expect(seed()).rejects.toThrow('killed');

    const demo = await seed();
    expect(demo?.studentLink).toMatch(/^http/);
    expect([await Users.countDocuments(), await Courses.countDocuments(), await Exams.countDocuments()]).toEqual([1, 1, 1]);
    const course = await Courses.findOne().lean().exec();
    expect(course?.instructors).toEqual([(await userByEmail('instructor@vigil.example'))?._id]);
    expect(await seed()).toMatchObject({ instructor: demo!.instructor });
  });
});
