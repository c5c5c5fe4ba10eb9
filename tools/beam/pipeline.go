package main

import (
	"fmt"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
)

// build makes the pipeline. Of several workers each has a branch of its own, whose name begins with
// its own (see branch), since Prism gives one worker to an environment.
//
//	patterns ─▶ list ─▶ by shard ─▶ name ─┬─▶ shards ─▶ prints ─┬─▶ labels ─▶ histogram.csv
//	                                      │                     └─▶ keys ─▶ pairs ─▶ near-duplicates.jsonl
//	                                      └─▶ failures
func build(p *beam.Pipeline, o Options, workers int) (failures beam.PCollection) {
	s := p.Root()
	globs := make([]string, 0, len(o.Globs)+1)
	globs = append(append(globs, o.Globs...), "")
	entries := beam.ParDo(s.Scope("list"), &listFn{Options: o}, beam.CreateList(s, globs))
	var shards, failed []beam.PCollection
	for w := range workers {
		s := s.Scope(branch(w))
		mine := entries
		if workers > 1 {
			mine = beam.ParDo(s.Scope("keep"), &keepFn{w, workers}, entries)
		}
		done, broken := beam.ParDo2(s.Scope("name"), &nameFn{Options: o, Worker: w}, beam.GroupByKey(s.Scope("by shard"), mine))
		shards, failed = append(shards, done), append(failed, broken)
	}
	done, failures := beam.Flatten(s, shards...), beam.Flatten(s, failed...)
	labels, prints := beam.ParDo2(s.Scope("prints"), &seenFn{Options: o}, done)
	counts := beam.ParDo(s.Scope("labels"), labelCount, beam.CombinePerKey(s.Scope("count"), addCounts, labels))
	beam.ParDo0(s.Scope("histogram"), &histogramFn{Options: o}, beam.GroupByKey(s, beam.AddFixedKey(s, counts)))
	if o.Near {
		keys := beam.ParDo(s.Scope("keys"), &keysFn{}, prints)
		pairs := beam.ParDo(s.Scope("pairs"), &pairsFn{}, beam.GroupByKey(s.Scope("by key"), keys))
		beam.ParDo0(s.Scope("groups"), &groupsFn{Options: o}, beam.GroupByKey(s, beam.AddFixedKey(s, pairs)))
	}
	return failures
}

// branch is the scope of what a worker does.
func branch(worker int) string { return fmt.Sprintf("worker %d", worker+1) }
