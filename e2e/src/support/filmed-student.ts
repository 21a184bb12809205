import { type CaptureNotes, noteCapture } from '../clock/capture-truth.js';
import type { Clips } from '../clock/clips.js';
import { serveScreenPage } from '../clock/screen-page.js';
import { launchStudent } from './browser.js';
import type { Product } from './product.js';
import type { Undo } from './undo.js';
import { startDisplay } from './xvfb.js';

/** A student's Chromium whose camera and microphone play clips, and the notes of what it captures; the exam has a page of its own. */
export async function launchFilmed(product: Product, clips: Clips, undo: Undo): Promise<{ student: Awaited<ReturnType<typeof launchStudent>>; notes: CaptureNotes }> {
  const display = undo.add(await startDisplay());
  const examPage = undo.add(await serveScreenPage());
  await product.change('exams', {}, { address: examPage.address });
  const student = await launchStudent({ display: display.name, camera: clips.camera, microphone: clips.microphone });
  try {
    return { student, notes: await noteCapture(student.context) };
  } catch (error) {
    await student.close();
    throw error;
  }
}
