// Package browsertest drives a headless Chromium through pages in tests, and checks what every page has to be: without script errors, without
// requests to another host, readable on a phone and in the dark, and accessible.
//
// It is for tests only. `make chromium` installs the browser, and `make axe` the accessibility checker.
package browsertest
