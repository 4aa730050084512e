package gateway

import (
	"errors"
	"fmt"

	"schakel/schemas"
)

// Why Pass settled nothing. Any other error is about the message itself: it is
// offered again, and refused when that has not helped ten times.
var (
	// ErrSystem says that a part on which every message depends (register, key
	// store, broker) did not do its work: wait until it does; the message has nothing
	// to do with it.
	ErrSystem = errors.New("the system does not answer")

	// ErrEarly says that the message cannot be judged yet: offer it again, as often
	// as it takes.
	ErrEarly = errors.New("too early")

	// ErrFull says that a mailbox takes no more. What is due stays due.
	ErrFull = errors.New("the mailbox is full")
)

// fault marks an error of a part of the system, but for those that are its answer.
func fault(err error) error {
	for _, answer := range []error{schemas.ErrUnknown, schemas.ErrStale, schemas.ErrEquivocation, ErrFull} {
		if errors.Is(err, answer) {
			return err
		}
	}
	if err == nil || schemas.Refused(err) != nil {
		return err
	}
	return fmt.Errorf("%w: %w", ErrSystem, err)
}
