package postlink

import (
	. "homeroom/tools/wasmlink/wasmbin"
)

// The helper's module is instantiated once for every thread of the pool, the engine's own among
// them, and drives them as well: handing out ranges of work needs atomic instructions, which the Go
// compiler doesn't make. It exports
//
//	lead(sheet)          does a run together with the others, which must have begun to follow
//	follow(sheet, seat)  does its part of every run that is led; it never returns
//
// Both take everything from the sheet, which core/graph.Team writes; the offsets below are those of
// its fields. In a run every thread goes through the same list of jobs. Of each it takes one chunk
// of items after another, of its own part first and then of the others', until there are none left.
// It goes to the next job when the others have finished too, because that reads what this wrote.

// The sheet, in bytes.
const (
	sheetTurn    = 0  // u32: runs that were begun
	sheetDone    = 4  // u32: followers that have finished this one
	sheetCount   = 8  // u32: jobs
	sheetStride  = 12 // u32: bytes from one job to the next
	sheetSteps   = 16 // address of the steps
	sheetThreads = 24 // u32
	sheetSeats   = 32 // seats, one a thread

	seatSize  = 32
	seatStack = 0  // address of the upper end of the thread's stack
	seatG     = 8  // address of 64 zero bytes
	seatJobs  = 16 // address of the thread's jobs

	stepSize  = 64 + 16*partSize
	stepLeft  = 0  // u32: items that are not finished
	stepChunk = 4  // u32: items that are taken at once
	stepParts = 64 // parts, one a thread

	partSize = 64
	partNext = 0 // u32: the first item that nobody has taken
	partEnd  = 4 // u32
)

const (
	// spins is how often a thread looks whether the others are done before it lets the system put
	// it to sleep. Waking up takes longer than most jobs.
	spins = 20000
	// napNanoseconds bounds a sleep during a run, should the wake-up have come just before it.
	napNanoseconds = 200_000
)

func word(v int) Instr           { return Instr{Op: I32Const, Imm: uint64(v)} }
func load32(offset int) Instr    { return Instr{Op: I32Load, Align: 2, Imm: uint64(offset)} }
func atomic(op Op, at int) Instr { return Instr{Op: op, Align: 2, Imm: uint64(at)} }

// void opens a block without result.
func void(op Op) Instr { return Instr{Op: op, Imm: BlockVoid} }

// label branches to the block depth levels out.
func label(op Op, depth uint64) Instr { return Instr{Op: op, Imm: depth} }

// await emits code that waits while the atomic word at base+offset holds what keeps it waiting:
// test is put behind its value and leaves whether to wait on. value and spun are locals of its own.
func await(base uint64, offset int, value, spun uint64, nap int64, test ...Instr) []Instr {
	code := []Instr{
		word(0), set(spun),
		void(Block), void(Loop),
		get(base), atomic(I32AtomicLoad, offset), {Op: LocalTee, Imm: value},
	}
	code = append(code, test...)
	return append(code,
		Instr{Op: I32Eqz}, label(BrIf, 1),
		get(spun), word(1), Instr{Op: I32Add}, Instr{Op: LocalTee, Imm: spun},
		word(spins), Instr{Op: I32LtU}, label(BrIf, 0),
		get(base), get(value), Instr{Op: I64Const, Imm: uint64(nap)}, atomic(AtomicWait32, offset), Instr{Op: Drop},
		label(Br, 0),
		Instr{Op: End}, Instr{Op: End},
	)
}

// takePart is func(sheet, seat): it does a thread's part of one run. run is the index of the
// trampoline.
func takePart(run int) *Func {
	f := &Func{Type: FuncType{Params: []ValType{I32, I32}}}
	const sheet, seat = 0, 1
	local := func() uint64 { return uint64(f.AddLocal(I32)) }
	jobs, steps, count, from, to, end, value, spun := local(), local(), local(), local(), local(), local(), local(), local()
	first, whose, parts, part := local(), local(), local(), local()
	code := []Instr{
		get(seat), set(first),
		// seat becomes its address
		get(seat), word(seatSize), {Op: I32Mul}, get(sheet), {Op: I32Add}, word(sheetSeats), {Op: I32Add}, set(seat),
		get(seat), load32(seatJobs), set(jobs),
		get(sheet), load32(sheetSteps), set(steps),
		get(sheet), load32(sheetCount), set(count),
		void(Block), void(Loop), // over the jobs
		get(count), {Op: I32Eqz}, label(BrIf, 1),
		get(first), set(whose),
		get(sheet), load32(sheetThreads), set(parts),
		void(Loop), // over the parts
		get(whose), word(partSize), {Op: I32Mul}, get(steps), {Op: I32Add}, word(stepParts), {Op: I32Add}, {Op: LocalTee, Imm: part},
		load32(partEnd), set(end),
		void(Block), void(Loop), // over the chunks
		get(part), get(steps), load32(stepChunk), atomic(I32AtomicAdd, partNext), {Op: LocalTee, Imm: from},
		get(end), {Op: I32GeU}, label(BrIf, 1),
		get(from), get(steps), load32(stepChunk), {Op: I32Add}, {Op: LocalTee, Imm: to},
		get(end), get(to), get(end), {Op: I32LtU}, {Op: Select}, set(to),
		get(seat), load32(seatStack), get(seat), load32(seatG), get(jobs), get(from), get(to), {Op: Call, Imm: uint64(run)},
		get(to), get(from), {Op: I32Sub}, set(to),
		get(steps), get(to), atomic(I32AtomicSub, stepLeft),
		get(to), {Op: I32Ne}, label(BrIf, 0),
		// Those were the last: the others may go on.
		get(steps), {Op: I32Const, Imm: ^uint64(0)}, atomic(AtomicNotify, stepLeft), {Op: Drop},
		label(Br, 0),
		{Op: End}, {Op: End},
		// whose = (whose + 1) % threads
		word(0), get(whose), word(1), {Op: I32Add}, {Op: LocalTee, Imm: whose},
		get(whose), get(sheet), load32(sheetThreads), {Op: I32GeU}, {Op: Select}, set(whose),
		get(parts), word(1), {Op: I32Sub}, {Op: LocalTee, Imm: parts}, label(BrIf, 0),
		{Op: End},
	}
	code = append(code, await(steps, stepLeft, value, spun, napNanoseconds)...)
	f.Code = append(code,
		get(steps), word(stepSize), Instr{Op: I32Add}, set(steps),
		get(jobs), get(sheet), load32(sheetStride), Instr{Op: I32Add}, set(jobs),
		get(count), word(1), Instr{Op: I32Sub}, set(count),
		label(Br, 0),
		Instr{Op: End}, Instr{Op: End}, Instr{Op: End},
	)
	return f
}

// lead is func(sheet): see above. part is the index of takePart.
func lead(part int) *Func {
	f := &Func{Type: FuncType{Params: []ValType{I32}}}
	const sheet = 0
	value, spun := uint64(f.AddLocal(I32)), uint64(f.AddLocal(I32))
	f.Code = []Instr{
		get(sheet), word(0), atomic(I32AtomicStore, sheetDone),
		get(sheet), word(1), atomic(I32AtomicAdd, sheetTurn), {Op: Drop},
		get(sheet), {Op: I32Const, Imm: ^uint64(0)}, atomic(AtomicNotify, sheetTurn), {Op: Drop},
		get(sheet), word(0), {Op: Call, Imm: uint64(part)},
	}
	f.Code = append(f.Code, await(sheet, sheetDone, value, spun, napNanoseconds,
		word(1), Instr{Op: I32Add}, get(sheet), load32(sheetThreads), Instr{Op: I32LtU})...)
	f.Code = append(f.Code, Instr{Op: End})
	return f
}

// follow is func(sheet, seat): see above.
func follow(part int) *Func {
	f := &Func{Type: FuncType{Params: []ValType{I32, I32}}}
	const sheet, seat = 0, 1
	value, spun, seen := uint64(f.AddLocal(I32)), uint64(f.AddLocal(I32)), uint64(f.AddLocal(I32))
	f.Code = []Instr{void(Loop)}
	f.Code = append(f.Code, await(sheet, sheetTurn, value, spun, -1, get(seen), Instr{Op: I32Ne}, Instr{Op: I32Eqz})...)
	f.Code = append(f.Code,
		get(value), set(seen),
		get(sheet), get(seat), Instr{Op: Call, Imm: uint64(part)},
		get(sheet), word(1), atomic(I32AtomicAdd, sheetDone), Instr{Op: Drop},
		get(sheet), word(1), atomic(AtomicNotify, sheetDone), Instr{Op: Drop},
		label(Br, 0),
		Instr{Op: End}, Instr{Op: End},
	)
	return f
}
