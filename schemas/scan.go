package schemas

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"
)

// Scan reads a JSON document from outside and refuses what two readers could
// understand differently or what is larger than a message may be: duplicate
// names, invalid UTF-8, a second value, floats, nulls, numbers beyond 2^53,
// controls, bidirectional and invisible characters, text that is not in Unicode
// form NFC, and everything over the limits. It builds no value, so an oversized
// document costs no memory.
func Scan(document []byte) error { return scan(document, false) }

// scan is [Scan]; in a body it refuses empty strings too: what is not known is
// left out there.
func scan(document []byte, isBody bool) error {
	if len(document) > MaxBody {
		return Refuse("limit.size", "")
	}
	if len(bytes.TrimSpace(document)) == 0 {
		return Refuse("parse.empty", "")
	}
	return (&scanner{document: document, decoder: jsontext.NewDecoder(bytes.NewBuffer(document)), isBody: isBody}).run()
}

type scanner struct {
	document []byte
	decoder  *jsontext.Decoder
	keys     int
	isBody   bool
}

func (s *scanner) run() error {
	for {
		token, err := s.decoder.ReadToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return s.syntax(err)
		}
		if err := s.check(token); err != nil {
			return err
		}
		if s.decoder.StackDepth() == 0 {
			return s.end()
		}
	}
}

// end refuses anything but white space after the one value.
func (s *scanner) end() error {
	if _, err := s.decoder.ReadToken(); err != io.EOF {
		return Refuse("parse.syntax", s.offset())
	}
	return nil
}

func (s *scanner) check(token jsontext.Token) error {
	if s.decoder.StackDepth() > MaxDepth {
		return Refuse("limit.depth", s.pointer())
	}
	container, n := s.decoder.StackIndex(s.decoder.StackDepth())
	if container == '[' && n > MaxArray {
		return Refuse("limit.array", s.pointer())
	}
	switch token.Kind() {
	case 'n':
		return Refuse("schema.null", s.pointer())
	case '0':
		return s.number(token.String())
	case '"':
		if container == '{' && n%2 == 1 {
			return s.key(token.String())
		}
		return s.text(token.String())
	}
	return nil
}

func (s *scanner) key(name string) error {
	if s.keys++; s.keys > MaxKeys {
		return Refuse("limit.keys", s.pointer())
	}
	if len(name) > MaxKey {
		return Refuse("limit.key", s.parent())
	}
	return nil
}

func (s *scanner) number(text string) error {
	if strings.ContainsAny(text, ".eE") {
		return Refuse("schema.number", s.pointer())
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > MaxInteger || n < -MaxInteger || text == "-0" {
		return Refuse("limit.number", s.pointer())
	}
	return nil
}

func (s *scanner) text(text string) error {
	if text == "" && s.isBody {
		return Refuse("schema.missing", s.pointer())
	}
	if len(text) > MaxString {
		return Refuse("limit.string", s.pointer())
	}
	if code := UnsafeText(text); code != "" {
		return Refuse(code, s.pointer())
	}
	return nil
}

// syntax turns the decoder's error into a code.
func (s *scanner) syntax(err error) error {
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return Refuse("parse.duplicate", s.parent())
	case s.decoder.InputOffset() == 0 && s.decoder.StackDepth() == 0 && !looksLikeJSON(s.decoder.UnreadBuffer()):
		return Refuse("parse.not-json", "line 1, column 1")
	case !utf8.Valid(s.decoder.UnreadBuffer()) || strings.Contains(err.Error(), "UTF-8") || strings.Contains(err.Error(), "surrogate"):
		return Refuse("parse.encoding", s.offset())
	}
	return Refuse("parse.syntax", s.offset())
}

func looksLikeJSON(document []byte) bool {
	trimmed := bytes.TrimLeft(document, " \t\r\n")
	return len(trimmed) > 0 && strings.IndexByte(`{["-0123456789tfn`, trimmed[0]) >= 0
}

// offset says how far the document could be read, as an editor shows it.
func (s *scanner) offset() string {
	read := s.document[:s.decoder.InputOffset()]
	line := bytes.Count(read, []byte("\n")) + 1
	column := utf8.RuneCount(read[bytes.LastIndexByte(read, '\n')+1:]) + 1
	return "line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column)
}

func (s *scanner) pointer() string { return safePointer(string(s.decoder.StackPointer())) }

// parent is used where the last name itself may be what is wrong with it.
func (s *scanner) parent() string {
	return safePointer(parentOf(string(s.decoder.StackPointer())))
}

// safePointer keeps a place short and printable: names in it come from outside.
func safePointer(pointer string) string {
	if len(pointer) > 200 || !compiled["pointer"].MatchString(pointer) {
		return ""
	}
	return pointer
}

// UnsafeText returns the code of what makes a text unfit, or "": control
// characters, bidirectional controls, invisible characters, or not NFC.
func UnsafeText(text string) Code {
	if isPlainASCII(text) {
		return ""
	}
	if !norm.NFC.IsNormalString(text) {
		return "schema.nfc"
	}
	previous := rune(0)
	runes := []rune(text)
	for i, r := range runes {
		if code := unsafeRune(previous, r, next(runes, i)); code != "" {
			return code
		}
		previous = r
	}
	return ""
}

func next(runes []rune, i int) rune {
	if i+1 < len(runes) {
		return runes[i+1]
	}
	return 0
}

func isPlainASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= 0x7F || c < 0x20 && c != '\n' {
			return false
		}
	}
	return true
}

func unsafeRune(previous, r, following rune) Code {
	switch {
	case unicode.Is(unicode.Cc, r) && r != '\n', r == '\u2028', r == '\u2029':
		return "schema.control-character"
	case unicode.Is(unicode.Bidi_Control, r):
		return "schema.bidi"
	case r == '\u200D' || r == '\u200C': // joiners: part of emoji, of Indic scripts and of Persian
		if unicode.In(previous, unicode.So, unicode.Sk, unicode.Mn, unicode.Mc, unicode.Arabic) {
			return ""
		}
		return "schema.invisible"
	case r == '\u200B': // word boundary of scripts that write none
		if unicode.In(previous, unicode.Khmer, unicode.Thai) || unicode.In(following, unicode.Khmer, unicode.Thai) {
			return ""
		}
		return "schema.invisible"
	case r == '\u00AD', unicode.Is(unicode.Cf, r), r == '\uFFFD', unicode.Is(unicode.Co, r):
		return "schema.invisible"
	}
	return ""
}
