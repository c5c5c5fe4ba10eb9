package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/bank/banktest"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/kernel"
)

var updateHeads = flag.Bool("update-heads", false, "write testdata/heads.json anew, for the kernels of this build on this machine")

// headCases are ways to learn, by name: every kind where photos are fewer than features and where
// they are more, with photos to choose on and views to learn from, from an earlier head, and what
// chooses among two networks.
func headCases() map[string]func() (*bank.Bank, Config) {
	views := func(seed uint64, classes, n, dim int) *bank.Bank {
		b := banktest.Blobs(seed, classes, n, dim, 0.7)
		r := rand.New(rand.NewPCG(seed, 2))
		for _, name := range []feature.Space{banktest.Net.Of(feature.Flip), banktest.Second} {
			b.Spaces = append(b.Spaces, bank.Space{Name: name, Dim: dim})
			for i := range b.Photos {
				p := &b.Photos[i]
				x := make([]float32, dim)
				for j := range x {
					x[j] = max(0, p.Features[0][j]+float32(r.NormFloat64())*0.3)
				}
				p.Features = append(p.Features, x)
			}
		}
		return b
	}
	cases := map[string]func() (*bank.Bank, Config){}
	for _, kind := range Kinds {
		cases[string(kind)+", few"] = func() (*bank.Bank, Config) { return banktest.Blobs(21, 4, 12, 96, 0.5), Config{Kind: kind, Seed: 5} }
		cases[string(kind)+", many"] = func() (*bank.Bank, Config) { return banktest.Blobs(22, 3, 60, 24, 0.5), Config{Kind: kind, Seed: 6} }
		cases[string(kind)+", chosen on photos"] = func() (*bank.Bank, Config) {
			b := views(23, 3, 25, 40)
			for i := range b.Photos {
				if i%4 == 3 {
					b.Photos[i].Split = bank.Valid
				}
			}
			return b, Config{Kind: kind, Seed: 7, Input: bank.Input{{banktest.Net}}, Augment: []feature.View{feature.Flip}}
		}
		cases[string(kind)+", one a class"] = func() (*bank.Bank, Config) { return banktest.Blobs(24, 3, 1, 16, 2), Config{Kind: kind, Seed: 8} }
		cases[string(kind)+", from an earlier head"] = func() (*bank.Bank, Config) {
			got, err := Fit(context.Background(), banktest.Blobs(25, 3, 15, 50, 0.6), Config{Kind: kind, Seed: 9})
			if err != nil {
				panic(err)
			}
			return banktest.Blobs(25, 4, 15, 50, 0.6), Config{Warm: got.Best, Seed: 9}
		}
	}
	cases["two networks"] = func() (*bank.Bank, Config) { return views(26, 3, 20, 30), Config{Seed: 10} }
	cases["given settings"] = func() (*bank.Bank, Config) {
		return banktest.Blobs(27, 3, 20, 30, 0.6), Config{Kind: Blend, Seed: 11, L2: 1e-3, Shrinkage: 0.4, ByCount: true}
	}
	return cases
}

// kernelsHere names what the products of this build are computed by: their last bits depend on it.
func kernelsHere() string {
	return fmt.Sprintf("%s %v", runtime.GOARCH, kernel.Best())
}

// TestHeadsStayTheSame learns heads of every kind and holds them and their answers to held-out
// photos to those that were learnt when the fixture was made, byte for byte.
func TestHeadsStayTheSame(t *testing.T) {
	const file = "testdata/heads.json"
	all := map[string]map[string]string{} // kernels → case → SHA-256
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil && !*updateHeads {
		t.Fatal(err)
	}
	here := kernelsHere()
	want := all[here]
	if want == nil && !*updateHeads {
		t.Skipf("heads learnt with the kernels %q did not run against the fixture, which has those of %d others: write them with -update-heads", here, len(all))
	}
	got := map[string]string{}
	for name, make := range headCases() {
		b, cfg := make()
		learnt, err := Fit(context.Background(), b, cfg)
		if err != nil {
			t.Fatal(name, err)
		}
		sum := sha256.New()
		for _, h := range []*head.Head{learnt.Best, learnt.Last} {
			data, err := h.MarshalBinary()
			if err != nil {
				t.Fatal(name, err)
			}
			sum.Write(data)
		}
		held, err := json.Marshal([]any{learnt.Held, learnt.Tried, learnt.Folds})
		if err != nil {
			t.Fatal(name, err)
		}
		sum.Write(held)
		got[name] = hex.EncodeToString(sum.Sum(nil))
		if !*updateHeads && got[name] != want[name] {
			t.Errorf("%s: another head, or other answers, than when the fixture was made", name)
		}
	}
	if !*updateHeads {
		if len(got) != len(want) {
			t.Errorf("%d cases, and the fixture has %d", len(got), len(want))
		}
		return
	}
	all[here] = got
	text, err := json.MarshalIndent(all, "", "\t")
	if err == nil {
		err = os.WriteFile(file, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
