// Package diagnose collects what support needs to know about an installation into one archive: versions, status, settings, recent
// failures, imports and reconciliations.
//
// It holds no secret of any kind and no values of records: settings are an allow list, records are ids with the reasons of their failures,
// and whatever the environment holds beyond that list is removed from every byte before it is written. It may not call a vendor or open
// credentials.
package diagnose
