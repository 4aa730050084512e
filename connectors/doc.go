// Package connectors is the partner's side: it writes, signs and queues messages
// without a network, sends them when there is one, receives, verifies and
// confirms. Doors on it (the command line, a folder, later a desk) call a
// [Connector] and add nothing to what it does.
//
// # What "accepted" means
//
// [Connector.Submit] returns when the sealed message and its place in the outbox
// are on disk: file synced, renamed, directory synced. From then on it is sent
// until the gateway's custody receipt has been verified, through crashes, broken
// brokers and months without a line. There are two states, and people see both
// words: accepted here, and in custody at the gateway.
//
// # What is believed
//
// Only the trust document pinned when the home was made. A receipt or delivery
// counts when its entry is proven to be in the log under a signed head, the log
// has only grown, and everything in it is what the entry commits to ([Verify]).
// What does not count is ignored and counted; nothing is deleted for it. Custody
// whose receipt does not show that the log has only grown is kept, and is an alarm.
//
// A confirmation is the receipt of a partner that the message was let out to: not
// of one who only had to approve it, and not of one who could not open it. What a
// sender corrects of his message holds whenever that is read, in the order of the
// log, whichever of the two came first.
//
// # What is on disk
//
// Only ciphertext under the home's key. A sent message is sealed to the gateway
// alone: the home that sent it cannot read it again. Who told a story never
// leaves: it stays sealed in the home under the source's number.
//
// A damaged file holds up nothing else: it is left where it is and named by
// [Connector.Health], until a backup brings it back. A number is never given twice:
// what cannot be synced keeps its number and is not sent before it can. The newest
// number and digest stand in a file of their own, so that the chain goes on after a
// damaged message.
//
// # What it does not do
//
// It does not know the rules, and does not talk to anybody but the broker.
package connectors
