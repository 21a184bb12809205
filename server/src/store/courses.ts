/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mongoose takes its option classes as literals */
import { Schema, model } from 'mongoose';
import { newId } from './mongoose.js';

/** A course; its instructors, and nobody else, see its exams. */
export interface CourseDocument {
  _id: string;
  name: string;
  code: string;
  /** Ids of users. */
  instructors: string[];
}

const schema = new Schema<CourseDocument>(
  {
    _id: { type: String, default: newId },
    name: { type: String, required: true },
    code: { type: String, default: '' },
    instructors: { type: [String], required: true },
  },
  { versionKey: false },
);
schema.index({ instructors: 1 });

/** The collection `courses`. */
export const Courses = model('Course', schema, 'courses');

/** The courses that a user teaches, by name. */
export const coursesOf = (user: string): Promise<CourseDocument[]> =>
  Courses.find({ instructors: user }).sort({ name: 1 }).lean<CourseDocument[]>().exec();

/** The course, if this user teaches it. Authorisation of all that belongs to a course asks here. */
export const taughtCourse = (course: string, user: string): Promise<CourseDocument | null> =>
  Courses.findOne({ _id: course, instructors: user }).lean<CourseDocument>().exec();

/** The course with this id, without asking who wants it. */
export const courseById = (id: string): Promise<CourseDocument | null> =>
  Courses.findById(id).lean<CourseDocument>().exec();
