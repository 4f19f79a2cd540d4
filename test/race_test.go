//go:build race

package test

// raceDetector tells that the programs under test are built with the race detector, as the tests are.
const raceDetector = true
