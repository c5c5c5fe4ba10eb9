// node node.js wasm_exec.js program.wasm [helper.wasm [rest.wasm [before]]]
const fs = require("fs");
globalThis.require = require;
globalThis.fs = { ...fs };
globalThis.path = require("path");
globalThis.crypto ??= require("crypto").webcrypto;
require(require("path").resolve(process.argv[2]));
require("vm").runInThisContext(fs.readFileSync(require("path").join(__dirname, "../../../../site/threads.js"), "utf8"));
require("./harness.js");
const files = process.argv.slice(3, 6).map((f) => fs.readFileSync(f));
runProgram(files[0], files[1], files[2], process.argv[6]).then((out) => process.stdout.write(out, () => process.exit(0)), (err) => {
	console.error(err);
	process.exit(1);
});
