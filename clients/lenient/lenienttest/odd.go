// Package lenienttest makes odd replies out of real ones, for tests of the clients.
package lenienttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// odd are values of every JSON type, and of every kind that a system may mean by a member.
func odd() []any {
	return []any{
		nil, true, json.Number("987654321"), json.Number("-1"), json.Number("7.5"), json.Number("1e400"), json.Number("1742391675556"),
		json.Number("-62135596800"),
		"", "987654322", "text", "2024-10-31T00:01:55Z",
		[]any{},
		[]any{"a"},
		map[string]any{},
		map[string]any{"id": "x"},
	}
}

// Replies yields a reply once for each member of one of its records, at any depth, and each odd value: with the value in place of the
// member, and what was changed. The records are the list under the key, or the reply itself if that is empty.
func Replies(t *testing.T, reply []byte, key string, record int) iter.Seq2[string, []byte] {
	t.Helper()
	root := decode(t, reply)
	list, ok := root.([]any)
	if key != "" {
		list, ok = root.(map[string]any)[key].([]any)
	}
	require.True(t, ok, "the reply has no list")
	require.Greater(t, len(list), record)
	return func(yield func(string, []byte) bool) {
		walk("", func(value any) { list[record] = value }, list[record], func(path string, value any) bool {
			changed, err := json.Marshal(root)
			require.NoError(t, err)
			return yield(fmt.Sprintf("%s = %v", path, value), changed)
		})
	}
}

// walk puts each odd value in place of a value and of everything inside it, and puts it back. It returns false if visit does.
func walk(path string, put func(any), value any, visit func(path string, value any) bool) bool {
	for _, replacement := range odd() {
		put(replacement)
		if !visit(path, replacement) {
			return false
		}
	}
	put(value)
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if !walk(path+"."+name, func(v any) { value[name] = v }, value[name], visit) {
				return false
			}
		}
	case []any:
		for i := range value[:min(1, len(value))] {
			if !walk(fmt.Sprintf("%s[%d]", path, i), func(v any) { value[i] = v }, value[i], visit) {
				return false
			}
		}
	}
	return true
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return value
}
