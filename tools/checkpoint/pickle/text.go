package pickle

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The literals of protocol 0, one a line.

// parseInt reads a decimal int, small where it fits.
func parseInt(s string) (any, error) {
	if len(s) > 2*maxLong {
		return nil, fmt.Errorf("an int of %d digits", len(s))
	}
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		return v, nil
	}
	v, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return nil, fmt.Errorf("%.40q isn't an int", s)
	}
	return v, nil
}

// parseFloat takes what Python's repr writes.
func parseFloat(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !(errors.Is(err, strconv.ErrRange) && math.IsInf(v, 0)) {
		return 0, fmt.Errorf("%.40q isn't a float", s)
	}
	return v, nil
}

// unquote reads the repr of a str of Python 2: quotes, and escapes that each stand for a byte.
func unquote(s string) (string, error) {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '\'' && s[0] != '"' {
		return "", errors.New("a string without its quotes")
	}
	s = s[1 : len(s)-1]
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", errors.New("a string that ends in a backslash")
		}
		switch c := s[i]; c {
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'a':
			out = append(out, '\a')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'v':
			out = append(out, '\v')
		case '\\', '\'', '"':
			out = append(out, c)
		case 'x':
			v, n := digits(s[i+1:], 16, 2)
			if n != 2 {
				return "", errors.New(`a string with a bad \x`)
			}
			out = append(out, byte(v))
			i += n
		case '0', '1', '2', '3', '4', '5', '6', '7':
			v, n := digits(s[i:], 8, 3)
			out = append(out, byte(v))
			i += n - 1
		default:
			out = append(out, '\\', c)
		}
	}
	return string(out), nil
}

// unescape reads Python's raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX.
func unescape(s string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == 'u' || s[i+1] == 'U') {
			want := 4
			if s[i+1] == 'U' {
				want = 8
			}
			v, n := digits(s[i+2:], 16, want)
			if n != want || v > utf8.MaxRune {
				return "", errors.New(`a string with a bad \u`)
			}
			out.WriteRune(rune(v))
			i += 1 + n
			continue
		}
		out.WriteRune(rune(s[i]))
	}
	return out.String(), nil
}

// digits reads up to most digits of the base and says how many there were.
func digits(s string, base uint32, most int) (v uint32, n int) {
	for n < len(s) && n < most {
		d := uint32(99)
		switch c := s[n]; {
		case '0' <= c && c <= '9':
			d = uint32(c - '0')
		case 'a' <= c && c <= 'f':
			d = uint32(c-'a') + 10
		case 'A' <= c && c <= 'F':
			d = uint32(c-'A') + 10
		}
		if d >= base {
			break
		}
		v = v*base + d
		n++
	}
	return v, n
}

// twosComplement reads the little endian int of LONG1 and LONG4.
func twosComplement(b []byte) any {
	if len(b) <= 8 {
		var v uint64
		for i, c := range b {
			v |= uint64(c) << (8 * i)
		}
		if n := len(b); n > 0 && n < 8 && b[n-1]&0x80 != 0 {
			v |= ^uint64(0) << (8 * n)
		}
		return int64(v)
	}
	be := make([]byte, len(b))
	for i, c := range b {
		be[len(b)-1-i] = c
	}
	v := new(big.Int).SetBytes(be)
	if be[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}
