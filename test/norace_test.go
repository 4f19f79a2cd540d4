//go:build !race

package test

// raceDetector reports whether the programs under test are built with the race detector, like the tests themselves.
const raceDetector = false
