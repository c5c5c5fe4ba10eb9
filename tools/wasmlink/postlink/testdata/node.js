// node node.js wasm_exec.js program.wasm [helper.wasm]
const fs = require("fs");
globalThis.require = require;
globalThis.fs = { ...fs };
globalThis.path = require("path");
globalThis.crypto ??= require("crypto").webcrypto;
require(require("path").resolve(process.argv[2]));
require("./harness.js");
const files = process.argv.slice(3).map((f) => fs.readFileSync(f));
runProgram(...files).then((out) => process.stdout.write(out, () => process.exit(0)), (err) => {
	console.error(err);
	process.exit(1);
});
