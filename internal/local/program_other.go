//go:build !linux

package local

import "syscall"

// attributes puts a child in its own process group. Only Linux can end it with its parent: elsewhere it outlives a parent that
// is killed.
func attributes(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
