// Package register is the gateway's one store, and the store is the log: every
// row about a message exists because an entry of the log says so.
//
// # How it is built
//
// The table entries holds, for each leaf of the log, the salt, the entry that the
// leaf commits to, and the register's own record of the event, whose salted
// digest stands in the entry. The tables messages, deliveries, outbound,
// approvals, follows, directory and refusals are projections: [project] makes their rows
// from a record, at the commit and again at every [Register.Check]. Change a row
// by hand and the check names it; change an entry and the tree no longer gives
// the signed root; sign a new root and everybody who kept an old checkpoint sees
// it.
//
// # What a commit promises
//
// [Register.Record] returns when the settlement is on disk: entries, tree,
// signed head, outbound intents and wrapped content in one transaction, synced.
// Many callers share one transaction and one sync (group commit); there is no
// timer, the committer takes what is waiting. The same message recorded twice
// gives the first answer.
//
// # Where it is kept
//
// SQLite in WAL mode with synchronous=FULL. One process owns the file.
//
// # What it does not do
//
// It does not decide, sign messages, or know keys other than the log's signer.
// It never holds content in the clear.
package register
