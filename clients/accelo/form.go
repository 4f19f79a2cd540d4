package accelo

import "net/url"

// form is the body of a write. A map cannot hold a repeated parameter, which Accelo rejects (accelo.md 3.5).
type form map[string]string

func (f form) encode() string {
	values := make(url.Values, len(f))
	for key, value := range f {
		values.Set(key, value)
	}
	return values.Encode()
}

// setText sets a parameter unless the value is nil.
func (f form) setText(key string, value *string) {
	if value != nil {
		f[key] = *value
	}
}

// setID sets a parameter unless the value is nil; 0 clears the field.
func (f form) setID(key string, value *ID) {
	if value != nil {
		f[key] = value.String()
	}
}

// setNonZeroID sets a parameter unless the ID is 0.
func (f form) setNonZeroID(key string, id ID) {
	if id != 0 {
		f[key] = id.String()
	}
}
