package schemas

// Partner is one organisation's record in the directory. It takes effect when
// trust officers have signed it and the log holds its digest. Every version
// replaces the last.
type Partner struct {
	Protocol    string      `json:"schakel" validate:"eq=partner/1"`
	ID          string      `json:"id" validate:"partner"`
	Version     int64       `json:"version" validate:"min=1"`
	Name        string      `json:"name" validate:"line,max=200"`
	Role        string      `json:"role" validate:"term"` // law/README.md 2.1
	Country     string      `json:"country" validate:"seat"`
	Status      string      `json:"status" validate:"oneof=active suspended revoked"`
	Profile     string      `json:"profile" validate:"oneof=v4 v6"`            // OpenPGP profile; a floor
	Certificate string      `json:"certificate" validate:"required,max=65536"` // OpenPGP certificate, base64
	Connectors  []Connector `json:"connectors" validate:"min=1,max=32,dive"`
	Officers    []Officer   `json:"officers,omitempty" validate:"max=64,dive"`
	Posts       []string    `json:"posts,omitempty" validate:"max=8,dive,term"`    // liaison posts held, see the dated fact "postings"
	Accepts     []string    `json:"accepts,omitempty" validate:"max=32,dive,term"` // obligations accepted in advance
	From        string      `json:"valid_from" validate:"date"`
	Until       string      `json:"valid_until,omitempty" validate:"omitempty,date"`
}

// GatewayID is the gateway itself among the partners.
const GatewayID = "gateway"

// Connector is one workstation of a partner with its own keys, by fingerprint,
// within the partner's certificate.
type Connector struct {
	ID         string `json:"id" validate:"connector"`
	Signing    string `json:"signing" validate:"fingerprint"`
	Encryption string `json:"encryption" validate:"fingerprint"`
	Status     string `json:"status" validate:"oneof=active retired compromised"`
	Since      string `json:"since,omitempty" validate:"omitempty,instant"` // of the status
}

// Officer is a person acting for a partner, under a pseudonym, with the
// functions he holds and his own certificate.
type Officer struct {
	ID          string   `json:"id" validate:"officer"`
	Functions   []string `json:"functions" validate:"min=1,max=16,dive,term"`
	Certificate string   `json:"certificate" validate:"required,max=65536"`
	Signing     string   `json:"signing" validate:"fingerprint"`
	Encryption  string   `json:"encryption" validate:"fingerprint"`
	Status      string   `json:"status" validate:"oneof=active ended"`
	From        string   `json:"valid_from" validate:"date"`
	Until       string   `json:"valid_until,omitempty" validate:"omitempty,date"`
}

// Document is a paper that stands between partners: an agreement, a country
// sheet, an undertaking, an assessment, a standing approval. The rules read it
// from the day it is in the directory, within its dates.
type Document struct {
	Protocol   string   `json:"schakel" validate:"eq=document/1"`
	ID         string   `json:"id" validate:"line,max=128"`
	Version    int64    `json:"version" validate:"min=1"`
	Kind       string   `json:"kind" validate:"term"`
	Issuer     string   `json:"issuer" validate:"line,max=100"`
	Parties    []string `json:"parties" validate:"min=1,max=64,dive,partner"`
	Country    string   `json:"country,omitempty" validate:"omitempty,seat"`
	Purposes   []string `json:"purposes,omitempty" validate:"max=32,dive,purpose"`
	Categories []string `json:"categories,omitempty" validate:"max=64,dive,category"`
	Subjects   []string `json:"subjects,omitempty" validate:"max=32,dive,subject"`
	Recipients []string `json:"recipients,omitempty" validate:"max=64,dive,term"`
	Function   string   `json:"function,omitempty" validate:"omitempty,term"` // of a standing approval
	Person     string   `json:"person,omitempty" validate:"omitempty,line,max=64"`
	Scope      string   `json:"scope,omitempty" validate:"omitempty,line,max=200"`
	Offences   []string `json:"offences,omitempty" validate:"max=32,dive,term"` // that an assurance covers
	Binding    bool     `json:"binding,omitempty"`                              // its giver binds the prosecution there
	Validated  []string `json:"validated,omitempty" validate:"max=8,dive,term"` // roles that found it sufficient
	Status     string   `json:"status" validate:"oneof=active withdrawn"`
	From       string   `json:"valid_from" validate:"date"`
	Until      string   `json:"valid_until,omitempty" validate:"omitempty,date"`
}

// SignedRecord is a partner or document record with the detached signatures of
// the trust officers over its exact bytes. Its own bytes are what the log's
// digest covers.
type SignedRecord struct {
	Record     string            `json:"record" validate:"required,max=262144"` // exact bytes of the record, base64
	Signatures []RecordSignature `json:"signatures" validate:"min=1,max=8,dive"`
}

// RecordSignature is one trust officer's signature.
type RecordSignature struct {
	Officer   string `json:"officer" validate:"officer"`
	Signature string `json:"signature" validate:"required,max=4096"`
}

// Trust is what a home pins on its first day: whom it believes. Everything else
// is proven from here.
type Trust struct {
	Protocol    string         `json:"schakel" validate:"eq=trust/1"`
	Name        string         `json:"name" validate:"line,max=200"`
	Gateway     string         `json:"gateway" validate:"fingerprint"`            // fingerprint of the gateway's certificate
	Certificate string         `json:"certificate" validate:"required,max=65536"` // the gateway's OpenPGP certificate
	LogOrigin   string         `json:"log_origin" validate:"line,max=200"`        // C2SP tlog-checkpoint origin
	LogKey      string         `json:"log_key" validate:"line,max=300"`           // C2SP signed-note verifier key
	Officers    []TrustOfficer `json:"officers" validate:"min=1,max=16,dive"`     // who may sign directory records
	Quorum      int            `json:"quorum" validate:"min=1,max=16"`            // how many of them must
}

// TrustOfficer is a person whose signature makes a directory record valid.
type TrustOfficer struct {
	ID          string `json:"id" validate:"officer"`
	Certificate string `json:"certificate" validate:"required,max=65536"`
}
