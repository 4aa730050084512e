package schemas

// The closed lists of the words. Their meaning stands in law/README.md 2 and in
// the facts of the rules; a test holds both to the same members.
var (
	// Purposes of processing.
	Purposes = []string{"p-invest", "p-prosec", "p-prevent", "p-exec", "p-supervise", "p-victim", "p-imminent", "p-border", "p-measure", "p-screen", "p-deconf", "p-feedback", "p-fin", "p-online", "p-policy", "p-quality", "p-oversight"}

	// Categories of data.
	Categories = []string{"d-none", "d-ident", "d-alias", "d-contact", "d-docs", "d-travel", "d-pnr", "d-location", "d-vehicle", "d-comm-meta", "d-comm-content", "d-online-id", "d-fin", "d-mot", "d-crim-rec", "d-dismissed", "d-susp", "d-exec", "d-risk", "d-health", "d-psych", "d-sexlife", "d-ethn", "d-relig", "d-biom", "d-dna", "d-photo", "d-imgref", "d-csam", "d-vict-nonid", "d-vict-id", "d-minor", "d-witness", "d-source", "d-informant", "d-opin", "d-evid"}

	// Subjects are the categories of data subject.
	Subjects = []string{"s-suspect", "s-convicted", "s-victim", "s-potvictim", "s-witness", "s-contact", "s-reporter", "s-kst", "s-acquitted", "s-applicant", "s-minor-off", "s-official"}

	// Articles are the processing articles and source regimes data come from.
	Articles = []string{"art8", "art9", "art10-1-a", "art10-1-b", "art10-1-c", "art12", "art13-1", "art13-2", "art13-3", "wjsg-strafv", "wjsg-just", "wjsg-tenuitv", "gdpr", "uavg-crim", "pnr", "fiu", "foreign", "none"}

	// Handling are the Europol handling codes.
	Handling = []string{"H0", "H1", "H2", "H3"}

	// TLPs are the colours of the Traffic Light Protocol 2.0, strictest first
	// (law/README.md 3b.3).
	TLPs = []string{"RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"}

	// Classifications, from none to the highest; the platform's ceiling is
	// dep-vertrouwelijk (gate G16).
	Classifications = []string{"none", "dep-vertrouwelijk", "restreint-ue", "stg-confidentieel", "stg-geheim", "stg-zeer-geheim", "eu-confidential"}
)

// Categories of a field that are no data category of their own.
const (
	CategoryFollows  = "follows"  // goes where the leaf goes that it governs
	CategoryDeclared = "declared" // the object says so beside the leaf
)
