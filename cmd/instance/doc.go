// Package instance makes and runs one Schakel: the gateway's home, the homes of
// partners, and the service that joins key store, register, rules, broker and
// gateway. It is what the programs under cmd share.
//
// A gateway's home holds:
//
//	gateway.yaml   how it runs; unknown keys are refused
//	trust.json     what every home of this instance pins
//	keys/          the gateway's secrets, under its passphrase
//	officers/      the trust officers' keys, each under a passphrase; in earnest
//	               they belong on machines of their own
//	directory/     signed records of partners and documents, to be entered
//	rules/         signed rule sets that wait to be entered
//	access.json    the public keys with which connectors open their line
//	ca.crt         authority of the TLS certificates
//	broker/        the embedded broker's configuration, certificate and store
//	register.db    the register
//	head           newest head of the log, so that an old register is noticed
package instance
