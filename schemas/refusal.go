package schemas

import (
	"errors"
	"strings"
)

// Code names an answer for ever: a dotted, lower-case word in a family
// (parse.duplicate, sig.context) or a reason of the law (r-role). Codes are
// added, never renamed. What a code means in Dutch and English stands in texts.
type Code string

// Family is the part of the code before the dot, or "r" for a reason of the law.
func (c Code) Family() string {
	if strings.HasPrefix(string(c), "r-") {
		return "r"
	}
	family, _, _ := strings.Cut(string(c), ".")
	return family
}

// Refusal is an answer "no" for a partner: coded, lawful to tell, and free of
// content. At says where: a JSON Pointer, a file, a line and column, never the
// value found there; behind it, in brackets, what could stand there instead. A
// Refusal is final for these bytes; trying them again gives the same answer.
type Refusal struct {
	Code Code
	At   string
}

// Refuse makes a Refusal.
func Refuse(code Code, at string) error { return &Refusal{Code: code, At: at} }

func (r *Refusal) Error() string {
	if r.At == "" {
		return string(r.Code)
	}
	return string(r.Code) + " at " + r.At
}

// Refused returns the Refusal in err, or nil when err is a fault (or nil): what
// is not a refusal must be tried again, never told to a partner.
func Refused(err error) *Refusal {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	return nil
}
