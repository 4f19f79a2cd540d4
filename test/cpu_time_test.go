package test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// cpuTick is the unit of CPU times in /proc.
const cpuTick = 10 * time.Millisecond

// process is an entry of /proc.
type process struct {
	name   string
	parent int
	spent  time.Duration
}

// processes returns the processes of this machine by ID, or none if there is no /proc.
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
		all[number(content[:from-1])] = process{ // fields as in proc(5)
			name: string(content[from+1 : to]), parent: number(fields[1]),
			spent: time.Duration(number(fields[11])+number(fields[12])) * cpuTick,
		}
	}
	return all
}

// cpuTimes returns the CPU time so far of the programs that take part, by name. On few CPUs an alert mostly waits for them.
// These are all descendants of the process that started `go test`, which includes the servers of bin/with-services.
func cpuTimes() map[string]time.Duration {
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
