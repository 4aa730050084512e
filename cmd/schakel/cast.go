package main

import (
	"net"
	"path/filepath"
	"time"

	"schakel/cmd/instance"
	"schakel/pki"
	"schakel/schemas"
)

// The partners of the story.
const (
	ngo        = "ngo-luz"
	filo       = "filo-manila"
	tbkk       = "tbkk"
	prosecutor = "om"
	controller = "korpschef"
)

// cast returns the partners of the story. Those who come later know those who
// came before.
func cast() []instance.PartnerOptions {
	staff := func(id string) instance.OfficerOptions {
		return instance.OfficerOptions{ID: id, Functions: []string{"staff"}}
	}
	return []instance.PartnerOptions{
		{ID: tbkk, Name: "Police, TBKK", Role: "pol-tbkk", Country: "NL", Language: "nl",
			Officers: []instance.OfficerOptions{staff("desk-1"), {ID: "vid-1", Functions: []string{"a-vid"}}}},
		{ID: filo, Name: "FILO Manila", Role: "lo", Country: "NL", Language: "en", Posts: []string{"manila"},
			Officers: []instance.OfficerOptions{staff("filo-1")}},
		{ID: prosecutor, Name: "Public Prosecution Service", Role: "om", Country: "NL", Language: "nl",
			Officers: []instance.OfficerOptions{{ID: "ovj-1", Functions: []string{"a-ovj", "a-gezag"}}}},
		{ID: controller, Name: "Chief of police, controller", Role: "pol-nl", Country: "NL", Language: "nl",
			Officers: []instance.OfficerOptions{{ID: "ctrl-1", Functions: []string{"a-ctrl"}}}},
		{ID: ngo, Name: "Stichting Luz", Role: "ngo-dest", Country: "PH", Language: "en",
			Officers: []instance.OfficerOptions{staff("field-1"), {ID: "director", Functions: []string{"a-dir"}}}},
	}
}

// papers are the documents that the story rests on: counsel's sheet about
// Philippine law, the director's approval of the programme, and what the NGO
// undertook about personal data (law/README.md 3b).
func papers(year string) []schemas.Document {
	paper := func(id, kind string) schemas.Document {
		return schemas.Document{ID: id + year, Kind: kind, Issuer: ngo, Parties: []string{ngo}, From: year + "-01-01", Until: year + "-12-31"}
	}
	sheet, programme, undertaking := paper("sheet-ph-", "country-sheet"), paper("programme-luz-", "approval"), paper("undertaking-luz-", "undertaking")
	sheet.Country, undertaking.Country = "PH", "PH"
	programme.Function, programme.Person, programme.Scope = "a-dir", ngo+"/director", "programme"
	return []schemas.Document{sheet, programme, undertaking}
}

// gatewayHome is the gateway's directory among the homes.
const gatewayHome = "gateway"

// makeHomes makes a gateway and its partners in one directory, all under one
// passphrase.
func makeHomes(dir string, passphrase []byte, config instance.Config, partners []instance.PartnerOptions) error {
	gateway := filepath.Join(dir, gatewayHome)
	options := instance.GatewayOptions{Dir: gateway, Config: config, Passphrase: passphrase, KDF: pki.FieldKDF, Now: time.Now()}
	if err := instance.CreateGateway(options); err != nil {
		return err
	}
	admin, err := instance.OpenAdmin(gateway, passphrase, time.Now)
	if err != nil {
		return err
	}
	for _, partner := range partners {
		partner.Dir, partner.Passphrase, partner.KDF = filepath.Join(dir, partner.ID), passphrase, pki.FieldKDF
		for i := range partner.Officers {
			partner.Officers[i].Passphrase = passphrase
		}
		if err := admin.AddPartner(partner); err != nil {
			return err
		}
	}
	for _, paper := range papers(time.Now().Format("2006")) {
		if err := admin.AddDocument(paper); err != nil {
			return err
		}
	}
	return nil
}

// freeAddress is an address on this machine that nobody listens on.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
