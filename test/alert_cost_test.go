package test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tick is the unit of CPU times in /proc.
const tick = 10 * time.Millisecond

// process is what /proc tells of a process.
type process struct {
	name   string
	parent int
	spent  time.Duration
}

// processes are those of this machine; none where the kernel does not show them.
func processes() map[int]process {
	all := map[int]process{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		from, to := bytes.IndexByte(content, '('), bytes.LastIndexByte(content, ')')
		fields := bytes.Fields(content[to+1:])
		if from < 0 || len(fields) < 13 {
			continue
		}
		number := func(field []byte) int { n, _ := strconv.Atoi(string(field)); return n }
		all[number(content[:from-1])] = process{ // the order of the fields is that of proc(5)
			name: string(content[from+1 : to]), parent: number(fields[1]),
			spent: time.Duration(number(fields[11])+number(fields[12])) * tick,
		}
	}
	return all
}

// costs are the CPU times so far of the programs that take part, by name: where there are few CPUs they are what an alert waits
// for. Those that take part began with whoever started `go test`, as did the servers of bin/with-services.
func costs() map[string]time.Duration {
	all, programs := processes(), map[string]time.Duration{}
	first := all[os.Getppid()].parent
	for id, one := range all {
		for id > 1 && id != first {
			id = all[id].parent
		}
		if id == first {
			programs[one.name] += one.spent
		}
	}
	return programs
}
