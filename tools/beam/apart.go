package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/runtime/graphx"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/universal/extworker"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/universal/runnerlib"
	"google.golang.org/protobuf/proto"
)

// environment is where the transforms of one worker's branch run: a copy of the pipeline's.
func environment(worker int) string { return fmt.Sprintf("worker-%d", worker+1) }

// runApart runs a pipeline of several branches on Prism at an endpoint, each branch on a worker of
// its own. Beam's SDK for Go has one environment for all of a pipeline, and Prism one worker for
// each environment, so that the pipeline is given more. The workers are of this process: Prism
// tells metrics of several processes by numbers that each process gives anew.
func runApart(ctx context.Context, p *beam.Pipeline, endpoint string, workers int) (result beam.PipelineResult, err error) {
	at, err := extworker.StartLoopback(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, at.Stop(ctx)) }()
	edges, _, err := p.Build()
	if err != nil {
		return nil, err
	}
	env, err := graphx.CreateEnvironment(ctx, "beam:env:external:v1", at.EnvironmentConfig)
	if err != nil {
		return nil, err
	}
	made, err := graphx.Marshal(edges, &graphx.Options{Environment: env})
	if err != nil {
		return nil, err
	}
	all := made.GetComponents().GetEnvironments()
	if len(all) != 1 {
		return nil, fmt.Errorf("the pipeline has %d environments, and one was to be there", len(all))
	}
	for own, env := range all {
		for w := range workers {
			mine := proto.Clone(env).(*pipepb.Environment)
			mine.Dependencies = nil // the program itself, which runs here
			all[environment(w)] = mine
		}
		for _, t := range made.GetComponents().GetTransforms() {
			for w := range workers {
				if t.GetEnvironmentId() == own && strings.HasPrefix(t.GetUniqueName(), branch(w)+"/") {
					t.EnvironmentId = environment(w)
				}
			}
		}
		break
	}
	return runnerlib.Execute(ctx, made, endpoint, &runnerlib.JobOptions{Name: jobopts.GetJobName(), Loopback: true}, false)
}
