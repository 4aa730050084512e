package schemas

// Limits of everything that comes from outside. They stand here, in one place,
// so that the connector refuses what the gateway would refuse.
const (
	MaxBody        = 256 << 10 // bytes of a case message
	MaxDepth       = 16        // nesting of JSON
	MaxKeys        = 512       // object members in one document
	MaxKey         = 64        // bytes of a member name
	MaxString      = 16 << 10  // bytes of one string, counted after decoding
	MaxArray       = 256       // elements of one array
	MaxInteger     = 1<<53 - 1 // absolute value of a number (RFC 8259, section 6)
	MaxRecipients  = 8         // of one message
	MaxLeaves      = 256       // of one message, body, envelope and at least one decoy
	MaxSealedText  = 4 << 10   // bytes of a sealed value before sealing
	MaxTextEntry   = 4 << 10   // bytes of a log entry
	MaxPersonsAway = 5         // unrelated subjects in one message (gate G15)
	MaxAhead       = 1000      // numbers that a connector may be ahead of what has come
)
