package pki

import (
	"encoding/base64"
	"time"

	"github.com/go-json-experiment/json"

	"schakel/schemas"
)

// sealedField is what stands inside a sealed value. Message and pointer bind it
// to its place: moved elsewhere it is refused.
type sealedField struct {
	Message string `json:"message"`
	Pointer string `json:"pointer"`
	Value   string `json:"value"`
}

// SealField seals a text of at most 4 KiB to one officer's key, bound to one
// place in one message.
func SealField(officer *Certificate, key, message, pointer, value string, now time.Time) (string, error) {
	if len(value) > schemas.MaxSealedText {
		return "", schemas.Refuse("limit.string", pointer)
	}
	container := &Container{Field: schemas.Encode(sealedField{message, pointer, value})}
	padded, err := pad(container.Marshal(), fieldClasses)
	if err != nil {
		return "", err
	}
	sealed, err := encrypt(padded, officer, key, now)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// OpenField opens a sealed value with the officer's key and checks that it
// belongs to this place in this message.
func OpenField(officer *Secret, sealed, message, pointer string, now time.Time) (string, error) {
	data, err := decodeBase64(base64.StdEncoding, sealed)
	if err != nil {
		return "", schemas.Refuse("drop.not-openpgp", pointer)
	}
	opened, err := Open(data, Expect{Form: Field, Key: officer, Now: now})
	if err != nil {
		return "", err
	}
	var field sealedField
	if err := schemas.Scan(opened.Field); err != nil {
		return "", err
	}
	if err := json.Unmarshal(opened.Field, &field, json.RejectUnknownMembers(true)); err != nil {
		return "", schemas.Refuse("schema.type", pointer)
	}
	if field.Message != message || field.Pointer != pointer {
		return "", schemas.Refuse("sd.moved", pointer)
	}
	return field.Value, nil
}

// SealedTo reports whether a sealed value is an OpenPGP message to exactly one
// key, that one. It opens nothing: the gateway asks before it passes a value on,
// so that one sealed to a retired key is sent back to be sealed again.
func SealedTo(sealed string, officer *Certificate, key string) error {
	data, err := decodeBase64(base64.StdEncoding, sealed)
	if err != nil {
		return schemas.Refuse("drop.not-openpgp", "")
	}
	packets, err := splitPackets(data, maxPackets)
	if err != nil {
		return err
	}
	if len(packets) != 2 || packets[0].tag != tagPKESK || packets[1].tag != tagSEIPD {
		return schemas.Refuse("profile.form", "")
	}
	if public := officer.keys[key]; public == nil || !namesKey(packets[0].body, public.packet) {
		return schemas.Refuse("key.reseal", "")
	}
	return nil
}
