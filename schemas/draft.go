package schemas

import (
	"github.com/go-json-experiment/json"
)

// Draft is what a person or a partner's own system hands to the connector: the
// body, and what the envelope needs. The connector fills what is missing with
// the defaults of the partner's role, seals what is to be sealed, and signs.
type Draft struct {
	Kind            Kind      `json:"kind" validate:"kind"`
	To              []string  `json:"to,omitempty" validate:"omitempty,min=1,max=8,unique,dive,address"`
	Purpose         string    `json:"purpose,omitempty" validate:"omitempty,purpose"`
	OriginalPurpose string    `json:"original_purpose,omitempty" validate:"omitempty,purpose"`
	Handling        []string  `json:"handling,omitempty" validate:"omitempty,max=4,unique,dive,handling"`
	TLP             string    `json:"tlp,omitempty" validate:"omitempty,tlp"`
	Urgency         string    `json:"urgency,omitempty" validate:"omitempty,oneof=normal urgent"`
	Language        string    `json:"language,omitempty" validate:"omitempty,language"`
	Officer         string    `json:"officer,omitempty" validate:"omitempty,officer"`
	ReplyTo         string    `json:"in_reply_to,omitempty" validate:"omitempty,uuid7"`
	RelayOf         string    `json:"relay_of,omitempty" validate:"omitempty,uuid7"`
	Thread          string    `json:"thread,omitempty" validate:"omitempty,uuid7"`
	Bases           []Claim   `json:"bases,omitempty" validate:"omitempty,max=8,dive"`
	Request         Request   `json:"request,omitzero"`
	Emergency       Emergency `json:"emergency,omitzero"`
	Classification  string    `json:"classification,omitempty" validate:"omitempty,classification"`
	May             []string  `json:"may,omitempty" validate:"omitempty,max=64,unique,dive,pointer"`

	Statements

	// SourceIdentity is who told. It never leaves the home: the connector keeps
	// it sealed under the source number, and sends the number.
	SourceIdentity map[string]string `json:"source_identity,omitempty" validate:"omitempty,max=16"`

	// Body follows the kind's schema, except that a value to be sealed stands in
	// the clear as {"for": "partner/officer", "value": "…"}.
	Body Raw `json:"body" validate:"required"`
}

// ParseDraft reads a draft. Its body is parsed after sealing, not here.
func ParseDraft(document []byte) (*Draft, error) {
	draft := new(Draft)
	if err := Decode(document, draft); err != nil {
		return nil, err
	}
	return draft, nil
}

// Unsealed is a value of a draft that the connector must seal.
type Unsealed struct {
	For   string `json:"for"`
	Value string `json:"value"`
}

// AsUnsealed reports whether a JSON value is a value to be sealed.
func AsUnsealed(value Raw) (Unsealed, bool) {
	var unsealed Unsealed
	if value.Kind() != '{' || json.Unmarshal(value, &unsealed, json.RejectUnknownMembers(true)) != nil {
		return Unsealed{}, false
	}
	return unsealed, unsealed.For != "" && unsealed.Value != ""
}
