package connectors

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"schakel/schemas"
)

// ReadFile reads a file that may come from anybody: a regular one, no link, of at
// most limit bytes. It never waits for a pipe, and names the file in a refusal by
// its base name only.
func ReadFile(path string, limit int) ([]byte, error) {
	base := filepath.Base(path)
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, schemas.Refuse("file.not-found", base)
	case errors.Is(err, fs.ErrPermission):
		return nil, schemas.Refuse("file.permission", base)
	case errors.Is(err, syscall.ELOOP):
		return nil, schemas.Refuse("file.symlink", base)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return nil, schemas.Refuse("limit.name", "")
	case errors.Is(err, syscall.ENXIO): // a socket
		return nil, schemas.Refuse("file.not-regular", base)
	case err != nil:
		return nil, schemas.Refuse("file.read", base)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, schemas.Refuse("file.not-regular", base)
	}
	return ReadLimited(file, base, limit)
}

// ReadLimited reads at most limit bytes of what is called name.
func ReadLimited(reader io.Reader, name string, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(reader, int64(limit)+1))
	if err != nil {
		return nil, schemas.Refuse("file.read", name)
	}
	if len(data) > limit {
		return nil, schemas.Refuse("limit.size", name)
	}
	return data, nil
}
