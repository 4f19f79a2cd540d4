// Package localtest gives tests a database and a Temporal server.
//
// `make test` starts both once and names them in TEST_POSTGRES_URL and TEST_TEMPORAL_ADDRESS. Where these are not set, as
// in `go test ./internal/store`, the test process starts its own at the first demand; they end with the process in any
// case, and a TestMain that calls Run ends them in good order and removes their files.
//
// For tests only. A test that stops or kills a server must start its own through package local.
package localtest
