package accelo

import "net/url"

// form is the body of a write. Accelo refuses a repeated parameter (contract accelo 3.5); a map cannot repeat one.
type form map[string]string

func (f form) encode() string {
	values := make(url.Values, len(f))
	for key, value := range f {
		values.Set(key, value)
	}
	return values.Encode()
}

// set writes a value that is given.
func (f form) set(key string, value *string) {
	if value != nil {
		f[key] = *value
	}
}

// setID writes an id that is given; 0 clears.
func (f form) setID(key string, value *ID) {
	if value != nil {
		f[key] = value.String()
	}
}

// setSome writes an id unless it is none.
func (f form) setSome(key string, id ID) {
	if id != 0 {
		f[key] = id.String()
	}
}
