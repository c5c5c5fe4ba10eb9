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
  addEventListener<K extends keyof HomeroomClassifierEventMap>(type: K, listener: (this: HomeroomClassifier, event: HomeroomClassifierEventMap[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener<K extends Exclude<keyof HTMLElementEventMap, keyof HomeroomClassifierEventMap>>(type: K, listener: (this: HomeroomClassifier, event: HTMLElementEventMap[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof HomeroomClassifierEventMap>(type: K, listener: (this: HomeroomClassifier, event: HomeroomClassifierEventMap[K]) => void, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "homeroom-classifier": HomeroomClassifier;
  }
}
