package text

import (
	"fmt"
	"strconv"
	"strings"

	"homeroom/core/fault"
)

// Of makes a message of an error. One of package fault is a sentence of the catalogue with its
// arguments, one that is a sentence alone is known by it; what the catalogue does not have is
// English in any language.
func Of(err error) string {
	if err == nil {
		return ""
	}
	said, is := err.(fault.Said)
	if !is {
		return ofSentence(err.Error())
	}
	format, args := said.Said()
	english, verbs := sentenceOf(format)
	fields := make([]string, 1, 1+len(args))
	fields[0] = plain(english)
	for i, a := range args {
		verb := "%v"
		if i < len(verbs) {
			verb = verbs[i]
		}
		fields = append(fields, argument(verb, a))
	}
	if english == "{1}" && len(args) == 1 {
		return fields[1]
	}
	return made(sentence, fields...)
}

// ofSentence is a message of an error's text.
func ofSentence(s string) string {
	if s = trimPackage(s); Is(s) || strings.ContainsAny(s, "{}") {
		return Foreign(s)
	}
	return Known(s)
}

func argument(verb string, a any) string {
	switch a := a.(type) {
	case error:
		return Of(a)
	case fault.Phrase:
		return Known(string(a))
	case fault.Count:
		return Number(int(a))
	case string:
		return Name(a)
	case int:
		return Number(a)
	case int64:
		return Number(int(a))
	case uint64:
		return Number(int(a))
	case uint32:
		return Number(int(a))
	case uint8:
		return Number(int(a))
	}
	return Name(fmt.Sprintf(verb, a))
}

// sentenceOf is the sentence that the catalogue has for a format of package fmt, and its verbs.
func sentenceOf(format string) (english string, verbs []string) {
	format = trimPackage(format)
	var b strings.Builder
	for {
		before, rest, is := strings.Cut(format, "%")
		b.WriteString(before)
		if !is {
			return b.String(), verbs
		}
		if strings.HasPrefix(rest, "%") {
			b.WriteByte('%')
			format = rest[1:]
			continue
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) + 1
		verbs = append(verbs, "%"+rest[:end])
		place := "{" + strconv.Itoa(len(verbs)) + "}"
		if rest[:end] == "q" {
			place = `"` + place + `"`
		}
		b.WriteString(place)
		format = rest[end:]
	}
}

// trimPackage takes the name of a package from the beginning of an error, which tells people
// nothing.
func trimPackage(s string) string {
	name, rest, is := strings.Cut(s, ": ")
	for i := range len(name) {
		if name[i] < 'a' || name[i] > 'z' {
			return s
		}
	}
	if !is {
		return s
	}
	return rest
}
