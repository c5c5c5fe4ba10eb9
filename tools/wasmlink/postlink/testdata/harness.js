// Runs a Go program, in Node or a browser, and gives what it printed. wasm_exec.js and
// site/threads.js must have been loaded. With a helper, the two modules share a memory, and
// the program's import thr.run runs the helper's export. With a rest, the program is in two
// modules; it gets the rest when it is missing or, where before says so, before it begins.

// TextDecoder refuses shared memory in browsers; wasm_exec.js hands it views of it.
const decode = TextDecoder.prototype.decode;
TextDecoder.prototype.decode = function (view, options) {
	if (view && view.buffer instanceof SharedArrayBuffer) {
		view = Uint8Array.from(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
	}
	return decode.call(this, view, options);
};

globalThis.runProgram = async (program, helper, rest, before) => {
	let output = "", memory, helperRuns = 0;
	const decoder = new TextDecoder();
	const write = (bytes) => { output += decoder.decode(Uint8Array.from(bytes), { stream: true }); };
	globalThis.fs.writeSync = (fd, buf) => { write(buf); return buf.length; };
	globalThis.fs.write = (fd, buf, offset, length, position, callback) => { write(buf.subarray(offset, offset + length)); callback(null, length); };

	const go = new Go();
	const module = await WebAssembly.compile(program);
	let run = () => 0;
	if (helper) {
		memory = new WebAssembly.Memory({ initial: 256, maximum: 4096, shared: true });
		go.importObject.env = { mem: memory };
		const gojs = go.importObject.gojs;
		// What wasm_exec.js does here refuses shared memory.
		gojs["runtime.getRandomData"] = (sp) => {
			const view = new DataView(memory.buffer);
			const at = view.getUint32((sp >>> 0) + 8, true), length = view.getUint32((sp >>> 0) + 16, true);
			const random = crypto.getRandomValues(new Uint8Array(length));
			new Uint8Array(memory.buffer, at, length).set(random);
		};
		gojs["runtime.wasmWrite"] = (sp) => {
			const view = new DataView(memory.buffer);
			write(new Uint8Array(memory.buffer, view.getUint32((sp >>> 0) + 16, true), view.getInt32((sp >>> 0) + 24, true)));
		};
		const instance = await WebAssembly.instantiate(await WebAssembly.compile(helper), { env: { mem: memory } });
		run = (...args) => { helperRuns++; instance.exports.run(...args); return 1; };
	}
	go.importObject.thr = { run };
	let asked = 0;
	const compiled = rest && await WebAssembly.compile(rest);
	const halves = new Halves(module, memory, () => {
		asked++;
		return compiled;
	});
	go.importObject.program = { missing: () => halves.missing() };
	const instance = await WebAssembly.instantiate(module, go.importObject);
	if (instance.exports.there) halves.program = instance.exports;
	if (before && rest) halves.join(compiled);
	const ended = go.run(instance);
	for (let i = 1; i <= 3; i++) {
		do await new Promise((later) => setTimeout(later, 5)); while (!globalThis.heard);
		heard(i);
	}
	await ended;
	const noted = memory ? [...new Uint8Array(memory.buffer).slice(0, 4096)].flatMap((byte, at) => [...Array(8).keys()].filter((bit) => byte >> bit & 1).map((bit) => 8 * at + bit)) : [];
	return output + "helper runs " + helperRuns + "\n" + (noted.length ? "noted " + noted.join(" ") : "") + (rest ? "asked for the rest " + asked + "\n" : "");
};
