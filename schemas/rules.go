package schemas

// SignedRules is a rule set in one document, with the detached signatures of trust
// officers over its exact bytes, in the order in which they signed. Without any it
// is a draft that nobody answers for yet.
type SignedRules struct {
	Rules      string            `json:"rules" validate:"required"` // exact bytes of the bundle, base64
	Signatures []RecordSignature `json:"signatures,omitempty" validate:"max=8,dive"`
}

// DecodeLarge reads a document that is longer than a message may be, strictly: no
// member is unknown or there twice, and the validator's rules hold. Nothing of it is
// looked at when it is longer than limit, in bytes.
func DecodeLarge(document []byte, limit int, value any) error {
	if len(document) > limit {
		return Refuse("limit.size", "")
	}
	return fill(document, value)
}
