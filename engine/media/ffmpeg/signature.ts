import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Frame, type Rational } from 'node-av/lib';
import { check } from './av-error.ts';
import type { Lane } from './lanes.ts';
import { PictureGraph } from './scaler.ts';

/**
 * Computes the MPEG-7 video signature of the pictures it sees, in FFmpeg's binary form. The filter writes to a file and
 * to nothing else, so this is the one place where a temporary file is used: in a private folder, removed at once, and
 * only when a job asks for a perceptual hash.
 */
export class SignatureTap implements Disposable {
  readonly #folder: string;
  readonly #graph: PictureGraph;
  readonly #seen = new Frame();
  readonly #download: Frame | undefined;
  #closed = false;

  private constructor(folder: string, graph: PictureGraph, hardware: boolean) {
    this.#folder = folder;
    this.#graph = graph;
    this.#seen.alloc();
    if (hardware) {
      this.#download = new Frame();
      this.#download.alloc();
    }
  }

  static async open(sample: Frame, timeBase: Rational): Promise<SignatureTap> {
    const folder = await mkdtemp(path.join(tmpdir(), 'siphon-signature-'));
    const hardware = sample.isHwFrame();
    const probe = hardware ? await downloaded(sample) : sample;
    try {
      const graph = new PictureGraph({
        sample: probe,
        timeBase,
        filters: 'signature',
        options: { signature: { format: 'binary', filename: path.join(folder, 'signature.bin') } },
      });
      return new SignatureTap(folder, graph, hardware);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    } finally {
      if (hardware) probe.free();
    }
  }

  async see(picture: Frame, lane: Lane): Promise<void> {
    let source = picture;
    if (this.#download) {
      this.#download.unref();
      check(await picture.hwframeTransferData(this.#download), 'download picture');
      this.#download.pts = picture.pts;
      source = this.#download;
    }
    await this.#graph.run(source, this.#seen, lane);
    this.#seen.unref();
  }

  /** Ends the signature and returns it. */
  async finish(): Promise<Buffer> {
    this.#graph.finish(this.#seen);
    this.#graph[Symbol.dispose]();
    this.#closed = true;
    try {
      return await readFile(path.join(this.#folder, 'signature.bin'));
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  [Symbol.dispose](): void {
    this.#seen.free();
    this.#download?.free();
    if (this.#closed) return;
    this.#graph[Symbol.dispose]();
    void rm(this.#folder, { recursive: true, force: true }).catch(() => {});
  }
}

async function downloaded(frame: Frame): Promise<Frame> {
  const copy = new Frame();
  copy.alloc();
  check(await frame.hwframeTransferData(copy), 'download picture');
  return copy;
}
