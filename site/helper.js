// A helper thread: it runs kernels on the memory of the program that started it, and ends with it.
"use strict";

self.onmessageerror = () => self.postMessage("what a helper was sent could not be handed over");
self.onmessage = ({ data: { module, memory, sheet, seat } }) => {
  let follow;
  try {
    follow = new WebAssembly.Instance(module, { env: { mem: memory } }).exports.follow;
  } catch (fault) {
    self.postMessage(String(fault && fault.message || fault));
    return;
  }
  self.postMessage("follows");
  follow(sheet, seat);
};
