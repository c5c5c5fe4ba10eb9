#!/bin/sh
# Runs every fuzz test of the project in turn, each for FUZZTIME (60s), and prints how many inputs each tried. Names of
# tests may follow, to run those alone. A failure is told when all have run.
set -u
cd "$(dirname "$0")/.."
failed=0
out="$(mktemp)"
trap 'rm -f "$out"' EXIT
for file in $(grep -rlE '^func Fuzz[A-Za-z0-9]+\(' --include='*_test.go' core models tools wasm); do
	for name in $(sed -nE 's/^func (Fuzz[A-Za-z0-9]+)\(.*/\1/p' "$file"); do
		test $# -eq 0 || case " $* " in *" $name "*) ;; *) continue ;; esac
		# The time to make a failing input small is bounded, else that of interesting ones takes all there is.
		if go test "./$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-60s}" -fuzzminimizetime 10x >"$out" 2>&1; then
			echo "$(dirname "$file") $name: $(sed -nE 's/.*execs: ([0-9]+).*/\1/p' "$out" | tail -1) inputs"
		else
			echo "$(dirname "$file") $name failed:"
			tail -30 "$out"
			failed=1
		fi
	done
done
exit $failed
