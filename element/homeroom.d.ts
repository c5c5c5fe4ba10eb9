/** A photo: a file, or a picture that the browser has. */
export type Photo = Blob | ArrayBuffer | ArrayBufferView | ImageData | ImageBitmap | HTMLVideoElement | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | VideoFrame;

/** A project or network: an address, a Blob or bytes. */
export type Source = string | URL | Blob | ArrayBuffer | ArrayBufferView;

/** How far loading or learning is. `share` is from 0 to 1, and missing where it is not known. */
export interface Progress {
  stage: "engine" | "project" | "network" | "read" | "choose" | "check" | "learn" | string;
  /** Whose pack is fetched; engine, project and networks come at once. */
  network?: string;
  share?: number;
  loaded?: number;
  total?: number;
}

export interface Result {
  label: string;
  /** From 0 to 1; all scores add up to 1. */
  score: number;
}

export interface Answer {
  /** The likeliest label, "" where the photo is unknown. */
  label: string;
  /** The photo shows none of the classes; only what was taught can say so. */
  unknown: boolean;
  /** How unlike the taught photos it is; above 1 is unknown. */
  strangeness: number;
  /** Best first. */
  results: Result[];
  /** What is wrong with the photo's file, where what was there of it was named; "" where it is whole. */
  damaged: string;
}

export interface Options {
  signal?: AbortSignal;
}

export interface TellingOptions extends Options {
  onprogress?: (at: Progress) => void;
}

export interface LoadOptions extends TellingOptions {
  /** Where NETWORK.pack lies, an address of a folder, or the packs by the names of their networks. Default: beside the source. */
  packs?: string | URL | Record<string, Source>;
}

export declare class Classifier {
  private constructor();
  readonly name: string;
  readonly labels: readonly string[];
  classify(photo: Photo, options?: Options): Promise<Answer>;
  embed(photo: Photo, options?: Options): Promise<Float32Array>;
  /** Two classes or more. The classifier itself stays as it is. */
  teach(classes: Record<string, Iterable<Photo>>, options?: TellingOptions): Promise<Classifier>;
  /** What was taught, as a project file. */
  save(name?: string): Promise<Blob>;
  close(): void;
}

export declare function load(source: Source, options?: LoadOptions): Promise<Classifier>;

/** Where the worker's script and the engine lie; set before the first `load` where they lie elsewhere. */
export declare const files: {
  worker: () => Worker;
  engine: string | ArrayBuffer | ArrayBufferView | Blob;
};
