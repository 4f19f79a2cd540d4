//go:build !linux

package local

import "syscall"

// attributes puts a child into a process group of its own. Only Linux can tie its life to ours; elsewhere it outlives a
// parent that was killed.
func attributes(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
