// Package localtest provides tests with a database and a Temporal server.
//
// `make test` starts both once, and sets TEST_POSTGRES_URL and TEST_TEMPORAL_ADDRESS. If these are not set, as in
// `go test ./internal/store`, the test process starts its own servers when it first needs them. They always end with the
// process; a TestMain that calls Run shuts them down and removes their files.
//
// It is for tests only. A test that stops or kills a server must start its own with package local.
package localtest
