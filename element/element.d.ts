import type { Answer, Classifier, Photo, Progress } from "./homeroom.js";

export interface HomeroomClassifierEventMap {
  ready: CustomEvent<{ name: string; labels: readonly string[] }>;
  progress: CustomEvent<Progress>;
  result: CustomEvent<Answer & { file: Photo | null }>;
  error: CustomEvent<{ error: Error }>;
}

export declare class HomeroomClassifier extends HTMLElement {
  src: string;
  classifier: Classifier | null;
  /** Shows that a classifier is on its way, and answers with it. */
  opens(loading: Promise<Classifier>): void;
  classify(photo: Photo): Promise<Answer>;
  startCamera(): Promise<void>;
  stopCamera(): void;
  close(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "homeroom-classifier": HomeroomClassifier;
  }
}
