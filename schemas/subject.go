package schemas

// Names on NATS. A subject is a NATS subject and nothing else; a human being is
// a person.
const (
	StreamIn  = "IN"  // what partners submit
	StreamOut = "OUT" // what partners are to receive
)

// SubjectIn is the only subject on which the holder of a mailbox may publish.
func SubjectIn(mailbox string) string { return "in." + mailbox }

// SubjectOut is the subject of a mailbox's deliveries and answers.
func SubjectOut(mailbox string) string { return "out." + mailbox }

// InboxPrefix is the only prefix on which the holder of a mailbox may listen.
func InboxPrefix(mailbox string) string { return "_INBOX_" + mailbox }

// SubjectNext is the request for the next messages of a mailbox's consumer.
func SubjectNext(mailbox string) string {
	return "$JS.API.CONSUMER.MSG.NEXT." + StreamOut + "." + mailbox
}

// SubjectAck covers the acknowledgements of a mailbox's consumer.
func SubjectAck(mailbox string) string { return "$JS.ACK." + StreamOut + "." + mailbox + ".>" }
