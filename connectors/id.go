package connectors

import (
	"slices"
	"strings"

	"schakel/schemas"
)

// shortest is how many characters of an id are looked for, and shown how many a
// person is shown: the moment, to the millisecond, and what one workstation counts
// within it. Eight would be a minute and more, in which a desk gets many messages.
const (
	shortest = 8
	shown    = 18
)

// Short is the beginning of a message's id that is enough to name it.
func Short(id string) string { return id[:min(shown, len(id))] }

// Match returns the one id that begins with what a person typed, in capitals or
// not. Where several do it refuses with state.ambiguous and shows them: a message
// is never guessed.
func Match(typed string, ids []string) (string, error) {
	typed = strings.ToLower(typed)
	var found []string
	for _, id := range ids {
		if len(typed) >= shortest && strings.HasPrefix(id, typed) && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return "", schemas.Refuse("state.unknown-message", "")
	case 1:
		return found[0], nil
	}
	slices.Sort(found)
	return "", schemas.Refuse("state.ambiguous", strings.Join(found[:min(len(found), 4)], ", "))
}
