package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// found is a life that needs a mend.
type found struct {
	seed           uint64
	promise, story string
	// lives is how many were lived until it was found, steps how many its shortest story has.
	lives, steps int
	// took is how long these lives and the search for the shortest story took.
	took time.Duration
}

// search looks for a life that breaks a promise without the mend, and keeps all of them in the whole product. It returns nil if there
// is none within the limit.
func (m mend) search(ctx context.Context, directory, whole string, limit time.Duration) (*found, error) {
	own := filepath.Join(directory, m.name)
	if err := os.Mkdir(own, 0o700); err != nil {
		return nil, err
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	replaced, err := m.takeOut(ctx, root, own)
	if err != nil {
		return nil, err
	}
	program, err := build(ctx, own, replaced)
	if err != nil {
		return nil, err
	}
	return m.searchIn(ctx, program, whole, limit)
}

func (m mend) searchIn(ctx context.Context, program, whole string, limit time.Duration) (*found, error) {
	began, lives, from := time.Now(), 0, uint64(0)
	for {
		left := limit - time.Since(began)
		if left <= 0 {
			return nil, nil
		}
		output, failed, err := live(ctx, program, fmt.Sprintf("SIMULATE_MINUTES=%f", left.Minutes()), fmt.Sprintf("SIMULATE_FROM=%d", from), "SIMULATE_WITH="+m.with)
		if err != nil || !failed {
			return nil, err
		}
		life, err := read(output)
		if err != nil {
			return nil, err
		}
		lives += life.lives
		life.lives, life.took = lives, time.Since(began)
		output, failed, err = live(ctx, whole, fmt.Sprintf("SIMULATE_SEED=%d", life.seed), "SIMULATE_BRIEF=1")
		if err != nil || !failed {
			return life, err
		}
		fmt.Printf("  seed %d breaks a promise of the whole product, too:\n%s\n", life.seed, output)
		from = life.seed
	}
}

// live runs a simulation and reports whether a promise was broken.
func live(ctx context.Context, program string, settings ...string) (output string, failed bool, err error) {
	var all bytes.Buffer
	run := exec.CommandContext(ctx, program, "-test.run", "^TestLives$", "-test.timeout", "0")
	run.Dir, run.Stdout, run.Stderr = filepath.Join("test", "simulation"), &all, &all
	run.Env = append(os.Environ(), settings...)
	err = run.Run()
	var exit *exec.ExitError
	if ctx.Err() == nil && errors.As(err, &exit) && exit.Exited() {
		return all.String(), true, nil
	}
	return all.String(), false, err
}

var (
	storyStart = regexp.MustCompile(`^(\s*)seed (\d+): (.*)$`)
	storyStep  = regexp.MustCompile(`^\s+\d+\. +\S+ `)
	livesLine  = regexp.MustCompile(`(?m)^(\d+) lives`)
)

// read finds the first story in what a simulation prints.
func read(output string) (*found, error) {
	life := &found{}
	var story []string
	indentation := ""
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		start := storyStart.FindStringSubmatch(line)
		switch {
		case start != nil && life.seed != 0:
		case start != nil:
			indentation = start[1]
			life.seed, _ = strconv.ParseUint(start[2], 10, 64)
			life.promise = start[3]
			story = append(story, "  "+strings.TrimSpace(line))
			continue
		case life.seed == 0:
			continue
		case strings.HasPrefix(line, indentation+"  "):
			if storyStep.MatchString(line) {
				life.steps++
			}
			story = append(story, "    "+strings.TrimSpace(line))
			continue
		}
		break
	}
	if life.seed == 0 {
		return nil, fmt.Errorf("the simulation failed without a story:\n%s", output)
	}
	if lived := livesLine.FindStringSubmatch(output); lived != nil {
		life.lives, _ = strconv.Atoi(lived[1])
	}
	life.story = strings.Join(story, "\n") + "\n"
	return life, nil
}
