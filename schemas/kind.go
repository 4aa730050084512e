package schemas

import (
	"reflect"
	"slices"
)

// Kind names a kind of message.
type Kind = string

// The kinds. Adding one means: a schema, a type, a line in kinds, examples,
// texts, rows in the flow matrix.
const (
	KindTip        Kind = "case-tip"
	KindFeedback   Kind = "tip-feedback"
	KindRequest    Kind = "info-request"
	KindResponse   Kind = "info-response"
	KindReferral   Kind = "victim-referral"
	KindRecall     Kind = "recall-rectification"
	KindReceipt    Kind = "receipt"
	KindRelease    Kind = "release"
	KindAssessment Kind = "assessment"
)

var kinds = map[Kind]reflect.Type{
	KindTip:        reflect.TypeFor[CaseTip](),
	KindFeedback:   reflect.TypeFor[TipFeedback](),
	KindRequest:    reflect.TypeFor[InfoRequest](),
	KindResponse:   reflect.TypeFor[InfoResponse](),
	KindReferral:   reflect.TypeFor[VictimReferral](),
	KindRecall:     reflect.TypeFor[Recall](),
	KindReceipt:    reflect.TypeFor[Receipt](),
	KindRelease:    reflect.TypeFor[Release](),
	KindAssessment: reflect.TypeFor[Assessment](),
}

// IsAct reports whether a kind does something at the gateway, or confirms something,
// rather than tells somebody something.
func IsAct(kind Kind) bool {
	return kind == KindReceipt || kind == KindRelease || kind == KindAssessment
}

// Kinds lists the kinds of message, sorted.
func Kinds() []Kind {
	var all []Kind
	for kind := range kinds {
		all = append(all, kind)
	}
	slices.Sort(all)
	return all
}
