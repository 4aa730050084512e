package schemas

import "embed"

//go:embed examples/drafts/*.json
var draftFiles embed.FS

// Example returns an invented draft by its name in examples/drafts, such as
// "tip-manila"; nil when there is none.
func Example(name string) []byte {
	draft, _ := draftFiles.ReadFile("examples/drafts/" + name + ".json")
	return draft
}
