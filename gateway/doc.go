// Package gateway takes a message from one partner to those who may have it, or
// to nobody. [Gateway.Pass] in pipeline.go is the whole way:
//
// # Who speaks, and is it genuine?
//
// The broker proved on whose line a submission came; the signature inside must
// be of that partner's connector, by a key that is good at this moment. What is
// not genuine is refused, recorded and answered; it must not circle.
//
// # Is it a message?
//
// The disclosures are put together again and read once, strictly, as a body of
// the kind and an envelope in which nothing is missing.
//
// # May it pass, to whom, on which ground, with what left out?
//
// For each recipient the rules get one question without any value of the case
// and give one answer. A kind that acts on an earlier message (a receipt, a
// release, a recall, an assessment) is decided like any other and then does what
// it says.
//
// Who only asks what would become of a message gets the same decisions for an
// answer: the outcome, what would be left out, who would have to approve, what is
// missing (foresee.go). It is signed as a question, numbered and written down like
// any message; nothing leaves, nothing waits, and no content of it is kept.
//
// # Write it down
//
// One commit holds everything the message leaves behind: the decisions, the log
// entries, what is to be sent, the wrapped content. From here on the decision
// stands; before it nothing has any effect.
//
// # Deliver and answer
//
// Each recipient gets the disclosures that the decision names, the sender's own
// signature and record, and the clearance: the proof that this decision, with
// these fields, is in the log. The sender gets the custody receipt. What is not
// confirmed is offered again, from the register.
//
// # Two endings
//
// nil means settled, recorded and answered; an error means that nothing was
// settled and the same bytes are offered again. Running the path twice has the
// effect of running it once. A fault of the system is waited out, however long; a
// message that cannot be judged yet is offered as often as it takes; what fails by
// itself ten times is refused.
//
// # Whose law it is
//
// The rules in force are the rule set that the log holds last. The first came with
// the program; every other was proposed by one trust officer and signed by another,
// and is verified, tried and written down before it counts. A decision that was made
// under other rules than those of its commit is made again.
//
// # What left in an emergency
//
// A liaison officer may release alone to save a life (gate G10). The commit of that
// decision opens a review: those who must ratify it and close it are shown what
// left. What is refused, or not ratified in time, is recalled; whoever does not
// close the review is reminded once. The gateway does both with a message of its
// own, through Pass, and what it did is part of the same commit: see emergency.go.
//
// # What it does not do
//
// It keeps nothing in memory that matters, trusts the broker with nothing, and
// has no second door: whoever wants something to happen sends a message.
package gateway
