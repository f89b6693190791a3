//go:build unix

package file

import (
	"io/fs"
	"syscall"
)

// inodeOf tells which file of which device info describes, whatever its name.
func inodeOf(_ string, info fs.FileInfo) inode {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return inode{}
	}
	return inode{uint64(st.Dev), uint64(st.Ino)}
}

// deleted tells that an open file has no name any more: its inode number may
// soon be that of another file.
func deleted(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}
