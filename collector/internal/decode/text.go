package decode

import (
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// scanString finds the end of a JSON string that begins behind its quote at p+i.
// It is plain if its bytes are its text: ASCII without escapes. Control
// characters, the newline among them, end it as not ok.
func scanString(p unsafe.Pointer, i int) (end int, plain, ok bool) {
	plain = true
	for {
		m := special(load64(p, i))
		if m == 0 {
			i += 8
			continue
		}
		i += first(m)
		switch c := load8(p, i); {
		case c == '"':
			return i, plain, true
		case c < ' ':
			return i, false, false
		case c == '\\':
			n := escape(p, i+1)
			if n == 0 {
				return i, false, false
			}
			i += 1 + n
		default:
			i++
		}
		plain = false
	}
}

// escape returns the length of what follows a backslash, 0 if it is no escape.
func escape(p unsafe.Pointer, i int) int {
	switch load8(p, i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		for n := 1; n <= 4; n++ {
			if _, ok := hex(load8(p, i+n)); !ok {
				return 0
			}
		}
		return 5
	}
	return 0
}

func hex(c byte) (rune, bool) {
	switch {
	case c-'0' <= 9:
		return rune(c - '0'), true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10, true
	}
	return 0, false
}

// unescape appends the text of a string that scanString accepted. Bytes that are
// no UTF-8 and halves of surrogate pairs become U+FFFD, as in encoding/json.
func unescape(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\\' && s[i+1] == 'u':
			r := hex4(s[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				low := utf8.RuneError
				if i+6 <= len(s) && s[i] == '\\' && s[i+1] == 'u' {
					low = utf16.DecodeRune(r, hex4(s[i+2:]))
				}
				if r = low; r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		case c == '\\':
			dst = append(dst, unescaped(s[i+1]))
			i += 2
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func hex4(s []byte) (r rune) {
	for _, c := range s[:4] {
		digit, _ := hex(c)
		r = r<<4 | digit
	}
	return r
}

// valid appends text with U+FFFD for each byte that is no UTF-8.
func valid(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		dst = utf8.AppendRune(dst, r)
		text = text[n:]
	}
	return dst
}
