package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"

	"ninjaone-accelo/internal/store"
)

// stagedPage is how many staged records are held in memory at a time.
const stagedPage = 500

// stagedRecords yields all staged records of a kind, in order of ID. The IDs must be numbers. The iteration ends after an error.
func stagedRecords[T any](ctx context.Context, s *store.Store, importID string, kind store.RecordKind) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for after := int64(0); ; {
			page, err := s.RecordsAfter(ctx, importID, kind, after, stagedPage)
			if err != nil {
				yield(none, err)
				return
			}
			for _, record := range page {
				value, err := decode[T](kind, record)
				if !yield(value, err) || err != nil {
					return
				}
			}
			if len(page) < stagedPage {
				return
			}
			if after, err = strconv.ParseInt(page[len(page)-1].ID, 10, 64); err != nil {
				yield(none, fmt.Errorf("staged %s: %w", kind, err))
				return
			}
		}
	}
}

func encode(kind store.RecordKind, id string, value any) (json.RawMessage, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode %s %s: %w", kind, id, err)
	}
	return data, nil
}

func decode[T any](kind store.RecordKind, record store.Record) (T, error) {
	var value T
	if err := json.Unmarshal(record.Data, &value); err != nil {
		return value, fmt.Errorf("staged %s %s: %w", kind, record.ID, err)
	}
	return value, nil
}

func decodeAll[T any](kind store.RecordKind, records []store.Record) ([]T, error) {
	values := make([]T, 0, len(records))
	for _, record := range records {
		value, err := decode[T](kind, record)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}
